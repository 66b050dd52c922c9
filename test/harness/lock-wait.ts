import type { TestApp } from './app.ts';
import { until } from './until.ts';

/** Waits until a connection waits for a lock, or until the work is done. */
export async function waitsOrEnds(app: Pick<TestApp, 'sql'>, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  await until(
    'a connection waits for a lock, or the work is done',
    async () => ended || (await waitingForLocks(app)) > 0,
  );
}

/** The number of connections that wait for a lock. */
export async function waitingForLocks({ sql }: Pick<TestApp, 'sql'>): Promise<number> {
  const waiting = await sql(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return waiting.length;
}
