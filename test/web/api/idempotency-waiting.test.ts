import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { addCaller, assertProblem, callTo, countCalls, postCall, tokenFor } from './call.ts';

const app = await startApp();
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, await addModernClient(app), anna);

const keyed = () => ({ 'idempotency-key': randomUUID() });

suite('while the first is still running', () => {
  /** Sends requests while the user's row is locked, acts when all of them wait for it, then lets them go on. */
  async function whileLocked(
    send: () => readonly Promise<Answer>[],
    act: () => unknown = () => {},
  ): Promise<Answer[]> {
    const holder = await app.database.pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM users WHERE name = 'anna' FOR NO KEY UPDATE`);
    const requests = send();
    const waiting = `SELECT count(*)::integer AS count FROM pg_stat_activity
                      WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;
    try {
      await until('the requests wait', async () => {
        const [row] = await app.sql<{ count: number }>(waiting);
        return row?.count === requests.length;
      });
      await act();
    } finally {
      await holder.query('COMMIT');
      holder.release();
    }
    return Promise.all(requests);
  }

  test('the second waits, and repeats its answer', async () => {
    const [body, key] = [callTo(), keyed()];
    const before = await countCalls(app);
    const [one, two] = await whileLocked(() => [1, 2].map(() => postCall(app, token, body, key)));
    assert.deepEqual([one?.status, two?.status, two?.text], [201, 201, one?.text]);
    const replayed = [one, two].map((answer) => answer?.headers.get('idempotent-replayed') ?? 'false');
    assert.deepEqual(replayed.sort(), ['false', 'true']);
    assert.equal(await countCalls(app), before + 1);
  });

  test('one with another body waits, and is refused', async () => {
    const key = keyed();
    const answers = await whileLocked(() => [1, 2].map(() => postCall(app, token, callTo(), key)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422]);
  });

  test('a token that is withdrawn opens nothing, and repeats nothing', async () => {
    const other = await addModernClient(app);
    const withdrawn = await tokenFor(app, other, anna);
    const [body, key] = [callTo(), keyed()];
    const before = await countCalls(app);
    const answers = await whileLocked(
      () => [1, 2].map(() => postCall(app, withdrawn, body, key)),
      () => app.sql('DELETE FROM access_tokens WHERE client_id = $1', [other.client.id]),
    );
    for (const answer of answers) assertProblem(answer, 401, 'token_invalid');
    assert.equal(await countCalls(app), before);
  });
});
