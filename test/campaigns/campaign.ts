import { appendFileSync } from 'node:fs';

/** `whole` under TORTURE=full (npm run torture), else `bounded`. */
export function times(bounded: number, whole: number): number {
  return process.env['TORTURE'] === 'full' ? whole : bounded;
}

/** One row of docs/reliability.md: the promise, the attempts and the result of this run. */
export interface Result {
  readonly invariant: string;
  readonly tried: string;
  readonly found: string;
}

/** Records and prints the result. Call this at the end of a successful test. */
export function record({ invariant, tried, found }: Result): void {
  console.log(`${invariant}: ${tried}: ${found}`);
  const file = process.env['TORTURE_RESULTS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ invariant, tried, found })}\n`);
}
