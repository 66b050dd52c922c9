import type { Result } from './campaign.ts';

const INTRODUCTION = `# Reliability

What this server promises, and how hard it was tried to break: processes and databases are killed, connections stall and
vanish, requests race and lie. Each row is a campaign of \`test/campaigns/\` that did well in the run of which this page
tells; a campaign that finds a promise broken fails, and then no page is written.

Run it yourself: \`npm run torture\` takes a while, and writes this page anew. \`npm run torture -- NAME\` runs the campaigns
with NAME in their file's name. The gate (\`npm run check\`) holds the same campaigns in short.
`;

/** The page of docs/ about a run that did well; the rows in an order that does not depend on the run. */
export function reliabilityPage(results: readonly Result[], at: Date, machine: string): string {
  const rows = results
    .map(({ invariant, tried, found }) => `| ${[invariant, tried, found].map(cell).join(' | ')} |`)
    .sort();
  return `${INTRODUCTION}
This run: ${at.toISOString().slice(0, 10)}, on a machine with ${machine}.

| invariant | tried | found |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
