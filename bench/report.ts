import type { Spread } from './measure.ts';

export interface Bound {
  readonly kind: 'at least' | 'at most';
  readonly value: number;
}

export const atLeast = (value: number): Bound => ({ kind: 'at least', value });
export const atMost = (value: number): Bound => ({ kind: 'at most', value });

/** One line of the table. */
export interface Row {
  readonly path: string;
  /** What the path is compared with. */
  readonly floor: string;
  /** Undefined: for information only. */
  readonly target: Bound | undefined;
  /** The ratio to the floor, or a value in the unit. */
  readonly measured: Spread;
  readonly unit?: 'ms' | 'MB' | 'kB';
  readonly figures: string;
  readonly remark?: string;
}

export function isMet({ target, measured }: Row): boolean {
  if (target === undefined) return true;
  return target.kind === 'at least' ? measured.median >= target.value : measured.median <= target.value;
}

const HEADINGS = ['path', 'compared with', 'target', 'measured', 'figures', 'remark'];

export function renderTable(rows: readonly Row[]): string {
  const cells = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cellsOf(row: Row): string[] {
  const { path, floor, target, measured, unit, figures, remark } = row;
  const show = (value: number) => `${formatNumber(value)}${unit ? ` ${unit}` : ''}`;
  const bound = target ? `${target.kind} ${show(target.value)}` : '';
  const range =
    measured.min === measured.max ? '' : ` (${formatNumber(measured.min)} to ${formatNumber(measured.max)})`;
  const verdict = isMet(row) ? '' : 'not reached';
  return [path, floor, bound, `${show(measured.median)}${range}`, figures, join(verdict, remark)];
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}

/** Three significant digits. */
export function formatNumber(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param machine one line that describes it */
export function renderPage(rows: readonly Row[], machine: string): string {
  return `# Performance

Each path of the server is compared with a peer or with a floor. A peer is what an engineer would use or write instead of
this server, made as fast as we can (\`bench/peers\`); it stores as durably, and does less. A floor is a minimal program that
does only what the path cannot avoid. Both sides run in turns, with the settings that they have by default. The ratio is
what counts, because it is similar on other machines. The table shows the median of the rounds, and the lowest and the
highest in parentheses. Compare rows only within a part: a part may be measured on a day of its own, when the machine is
faster or slower.

\`\`\`
npm run bench            # everything, about 90 minutes; writes this page
npm run bench -- --quick # a quick look, ten minutes
npm run bench -- calls   # one part; --help lists them
\`\`\`

The benchmark starts the server as in production, and the embedded PostgreSQL (or creates databases on the server in
\`DATABASE_URL\`, as a superuser). \`wrk\`, \`pgbench\` and \`sipp\` create the load; apt-get installs them if they are missing. The
parts \`sip\` and \`sip-rates\` also need Asterisk, which a run as root brings. Everything runs on this machine and shares
its cores, including the peers and the load.

${machine}

${renderTable(rows)}

## What limits each path

- *Opening and ending a call* writes what the home-made service does not have: two events, and entries in six indexes when a
  call opens and in eight when it ends, most of them for the searches of people and administrators. In batches of twenty
  the search indexes take 14 µs of PostgreSQL for an opening and 23 for an end. A lone opening runs nine statements with about
  110 nodes of their plans: of some 700 µs in PostgreSQL, the first decision takes 180, the second one with the new row 320,
  and the events 210. The home-made service opens with 146 µs and ends with 73. In Node.js, a quarter of the time goes into
  sockets; a phone number that is new to the server takes 17 µs to read.
- *Reading calls* asks PostgreSQL on each request, because a revocation takes effect at once, on every node.
- *Tokens* are durable before the response. Client credentials write one row with three indexes. A refresh is one transaction
  that marks the used token and writes its successor and an access token, with nine indexes and the checks of five foreign
  keys. The floor changes a map in memory.
- *Webhooks*: the outcome of each attempt is a transaction of its own, so that none is lost.
- *Live events*: the time begins when the statement that opens the call begins, which opens several at once.
- *SIP calls*: of the time of Node.js, statements to PostgreSQL take 25 %, datagrams 8 %, reading and writing SIP 10 %, and
  garbage collection 6 %. Asterisk stores nothing. Before the first INVITE, three statements follow each other: the call is
  opened, the message flow of its phones looked up, and its leg stored, so that a crash leaves no phone ringing.
- *Growth*: the time of PostgreSQL is that of all its databases. While the largest one is measured, PostgreSQL still writes
  and cleans up what was loaded, for both sides.
- *More nodes* share the 50 connections of the load, so fewer requests share a statement on each: a call costs more than on
  one node, until the load of each node is what it was.
- *Memory* belongs mostly to the libraries: oidc-provider takes 44 MB, Fastify 25, TypeBox 22 and libphonenumber-js 19. A
  separate row measures them after the first start, like the server. A held SIP call keeps 55 kB; what its row shows above
  that is garbage that has not been collected.

The server, the database and the load share the processor while it is measured. Simultaneous requests share statements, so
PostgreSQL needs less time per request when it is busier.
`;
}
