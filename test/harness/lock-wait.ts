import type { TestApp } from './app.ts';
import { until } from './until.ts';

/** Until what was begun waits for a lock that somebody else holds, or has come to its end without. */
export async function waitsOrEnds(app: Pick<TestApp, 'sql'>, begun: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  begun.then(end, end);
  await until('waiting or ended', async () => ended || (await waitingForLocks(app)) > 0);
}

/** How many connections wait for a lock that another one holds. */
export async function waitingForLocks({ sql }: Pick<TestApp, 'sql'>): Promise<number> {
  const waiting = await sql(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return waiting.length;
}
