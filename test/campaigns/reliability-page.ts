import type { Result } from './campaign.ts';

const INTRODUCTION = `# Reliability

What this server promises, and how hard we tried to break it: campaigns kill processes and databases, stall and drop
connections, race requests, and send forged ones. Each row is the result of the last full run of a campaign in
\`test/campaigns/\`. A campaign that finds a broken promise fails and has no row.

Run them yourself: \`npm run torture\` takes an hour or two. \`npm run torture -- NAME\` runs the campaigns with NAME in their
file name. Both update this page. The tests run a short form of each campaign.
`;

const HEAD = `| campaign | promise | attempts | result | date |
| --- | --- | --- | --- | --- |`;

/** The results of a campaign. */
export interface Outcome {
  readonly campaign: string;
  /** Empty if it failed. */
  readonly results: readonly Result[];
}

/**
 * The page after a run: it replaces the rows of the campaigns that ran, and sorts all rows.
 * @param before the page before the run
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
