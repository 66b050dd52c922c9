import type { TestApp } from '../../harness/app.ts';
import { addClassicClient, addUser, type ClassicClient, classicToken } from '../../harness/people.ts';

/** Somebody who has allowed an application to call. */
export async function addCaller(
  app: TestApp,
  name: string,
  given: { limit?: number; numbers?: string[]; sipAddress?: string } = {},
  client?: ClassicClient,
): Promise<string> {
  await addUser(app, name, given);
  return classicToken(app, client ?? (await addClassicClient(app)), name);
}

/** Any number of calls, more than an API would open in a test's time; in the state `connected`. */
export async function addManyCalls(app: TestApp, userName: string, count: number): Promise<void> {
  await app.sql(
    `INSERT INTO calls (id, user_id, client_id, callee, state, created_at, connected_at, carrier, ring_timeout, time_limit, deadline_at)
     SELECT 'many_' || u.name || '_' || n, u.id, 'gone', '+447700900123', 'connected', now(), now(), 'session', 60, 14400, now() + interval '4 hours'
       FROM users u, generate_series(1, $2) AS n WHERE u.name = $1`,
    [userName, count],
  );
}
