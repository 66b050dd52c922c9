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
  /** What it is held against. */
  readonly floor: string;
  /** Undefined where the figure is only to be known. */
  readonly wanted: Bound | undefined;
  /** The part of the floor; where the unit says so, something else. */
  readonly measured: Spread;
  readonly unit?: 'ms' | 'MB';
  readonly figures: string;
  /** What there is to say where it is not what was wanted, or in any case. */
  readonly remark?: string;
}

export function isMet({ wanted, measured }: Row): boolean {
  if (wanted === undefined) return true;
  return wanted.kind === 'at least' ? measured.median >= wanted.value : measured.median <= wanted.value;
}

const HEADINGS = ['path', 'held against', 'wanted', 'measured', 'figures', ''];

export function table(rows: readonly Row[]): string {
  const cells = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)];
  return cells.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cellsOf(row: Row): string[] {
  const { path, floor, wanted, measured, unit, figures, remark } = row;
  const show = (value: number) => `${short(value)}${unit ? ` ${unit}` : ''}`;
  const bound = wanted ? `${wanted.kind} ${show(wanted.value)}` : '';
  const range =
    measured.least === measured.most ? '' : ` (${short(measured.least)} to ${short(measured.most)})`;
  const verdict = isMet(row) ? '' : 'not reached';
  return [path, floor, bound, `${show(measured.median)}${range}`, figures, join(verdict, remark)];
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}

/** Three digits are as many as mean anything. */
export function short(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** @param machine in one line; @param command that made it */
export function page(rows: readonly Row[], machine: string): string {
  return `# Performance

What the server does, held against a floor: the least that the machine would have to do for the same, by a program that does
nothing else. Floor and server are measured in turns within one run, and what counts is the ratio, which is much the same
on another machine: the median of the rounds, and in parentheses the least and the most.

\`\`\`
npm run bench            # all of it, about 40 minutes; writes this page
npm run bench -- --quick # a look, five minutes
npm run bench -- open    # one part; --help names them
\`\`\`

It starts the PostgreSQL that comes with the server (or makes databases of its own on the one of \`DATABASE_URL\`, as a superuser), and
the server as it runs in production, both on this machine, and so does what loads them: \`wrk\` and \`pgbench\`, which apt-get brings
where they are missing. All three share the cores; the floors do, too.

${machine}

${table(rows)}

## What stands in the way

- *Reading calls* asks PostgreSQL each time, since a revocation counts at once, on every node. What that alone leaves of the floor is
  measured beside it: a bare server that asks for a token and the call's id, and answers with constant bytes. The rest is what makes an
  answer out of it: the user, the client and the scopes behind the token, a call of two dozen columns written as JSON, and routing,
  schemas, negotiation and security headers around it.
- *Tokens* are durable before they are answered: with client credentials one row and its six indexes; with a refresh one transaction, in
  which the used token is marked, and its successor and an access token are written. The floor changes a map in memory.
- *Memory* is for the most part the libraries', whose own row is measured after the first start, as the server's is.

Processor times are of this machine while all the others use it, too; a request that others are waited for with shares its statement,
so PostgreSQL takes less for each the busier it is.
`;
}
