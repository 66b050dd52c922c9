import type { Result } from './campaign.ts';

const INTRODUCTION = `# Reliability

What this server promises, and how hard it was tried to break: processes and databases are killed, connections stall and
vanish, requests race and lie. Each row is what came of a campaign of \`test/campaigns/\` when it was last run, in full; one
that finds a promise broken fails, and has no row until that is mended.

Run it yourself: \`npm run torture\` takes an hour or two, and \`npm run torture -- NAME\` runs those with NAME in their name; both
write their rows anew. The gate (\`npm run check\`) holds the same campaigns in short.
`;

const HEAD = `| campaign | invariant | tried | found | on |
| --- | --- | --- | --- | --- |`;

/** A campaign that was run. */
export interface Outcome {
  readonly campaign: string;
  /** None when it failed. */
  readonly results: readonly Result[];
}

/**
 * The page of docs/ after a run: the rows of the campaigns that were run instead of those that they had, in an order that does
 * not depend on the run.
 * @param before the page as it was
 */
export function reliabilityPage(
  before: string,
  outcomes: readonly Outcome[],
  at: Date,
  machine: string,
): string {
  const day = at.toISOString().slice(0, 10);
  const kept = rowsOf(before).filter((row) =>
    outcomes.every(({ campaign }) => !row.startsWith(beginning(campaign))),
  );
  const added = outcomes.flatMap(({ campaign, results }) =>
    results.map(
      ({ invariant, tried, found }) =>
        `${beginning(campaign)}${[invariant, tried, found, day].map(cell).join(' | ')} |`,
    ),
  );
  return `${INTRODUCTION}
The last run was on a machine with ${machine}.

${HEAD}
${[...kept, ...added].sort().join('\n')}
`;
}

function rowsOf(page: string): string[] {
  return page.split('\n').filter((line) => line.startsWith('| `'));
}

function beginning(campaign: string): string {
  return `| \`${campaign}\` | `;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
