import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../src/core/audit/actor.ts';
import { ClientNotFound } from '../../src/core/clients/client-errors.ts';
import { DatabaseTimedOut } from '../../src/platform/database/database-errors.ts';
import { assertWholeLives, eventsOf, inWords } from '../core/calls/lives.ts';
import { connect, insertGrantedToken, insertUser } from '../core/calls/rows.ts';
import { startApp } from '../harness/app.ts';
import { until } from '../harness/until.ts';
import { openCall, postCall } from '../web/classic/call.ts';

const MANY = 1_200; // more than are looked up at a time

const app = await startApp();

async function addClient(id: string): Promise<string> {
  await app.clients.registerDemoClient({ name: id, redirectUris: [`${app.url}/test`] }, id);
  return id;
}

async function rowsOf(client: string): Promise<unknown> {
  const [row] = await app.sql(
    `SELECT (SELECT count(*)::integer FROM clients WHERE id = $1) AS clients,
            (SELECT count(*)::integer FROM grants WHERE client_id = $1) AS grants,
            (SELECT count(*)::integer FROM access_tokens WHERE client_id = $1) AS tokens,
            (SELECT count(*)::integer FROM calls WHERE client_id = $1 AND ended_at IS NULL) AS calls`,
    [client],
  );
  return row;
}

const GONE = { clients: 0, grants: 0, tokens: 0, calls: 0 };

test('two clients with many users in common can be removed at the same time', async () => {
  const clients = [await addClient('forwards'), await addClient('backwards')];
  const preparing = await connect(app); // no time limit for its statements
  await preparing.query(
    `INSERT INTO users (name, password_hash, max_ongoing_calls) SELECT 'common-' || n, '', 10 FROM generate_series(1, $1) n`,
    [MANY],
  );
  for (const [index, client] of clients.entries()) {
    await preparing.query(
      `INSERT INTO grants (user_id, client_id, scopes) SELECT id, $1, '{call}' FROM users ORDER BY id ${index === 0 ? 'ASC' : 'DESC'}`,
      [client],
    );
  }
  await preparing.query(
    `WITH opened AS (
       INSERT INTO calls (id, user_id, client_id, callee, state, carrier, ring_timeout, time_limit, deadline_at, created_at, connected_at)
       SELECT g.client_id || g.user_id, g.user_id, g.client_id, '+12025550100', 'connected', 'session', 60, 3600,
              now() + interval '1 hour', now(), now()
         FROM grants g
       RETURNING calls AS call
     ) SELECT append_call_events(ARRAY[call]) FROM opened`,
  );
  await Promise.all(clients.map((client) => app.clients.removeClient(client, COMMAND_LINE)));
  for (const client of clients) assert.deepEqual(await rowsOf(client), GONE);
});

test('an interrupted removal leaves no valid token, and can be repeated', async () => {
  const client = await addClient('stopped');
  const users = [await insertUser(app, 'anna'), await insertUser(app, 'ben')];
  const tokens: string[] = [];
  for (const userId of users) tokens.push(await insertGrantedToken(app, userId, client));
  const calls = [];
  for (const token of tokens) calls.push(await openCall(app, token));
  const holding = await connect(app);
  await holding.query('BEGIN');
  await holding.query('SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [users.toSorted()[0]]);

  const removing = assert.rejects(app.clients.removeClient(client, COMMAND_LINE), DatabaseTimedOut);
  await until('it waits', async () => {
    const waits = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM users%FOR NO KEY UPDATE'`;
    return (await app.sql(waits)).length > 0;
  });
  for (const token of tokens) assert.equal((await postCall(app, token)).status, 401);
  await removing;
  for (const token of tokens) assert.equal((await postCall(app, token)).status, 401);
  await assert.rejects(app.clients.findClient(client), ClientNotFound);
  assert.ok(
    (await app.clients.listClients({ size: 100 })).items.some(({ id }) => id === client),
    'it can still be seen',
  );

  await holding.query('COMMIT');
  await app.clients.removeClient(client, COMMAND_LINE);
  assert.deepEqual(await rowsOf(client), GONE);
  for (const id of calls)
    assert.deepEqual((await eventsOf(app, id)).map(inWords).at(-1), 'disconnected: other, by revocation');
  await assert.rejects(app.clients.removeClient(client, COMMAND_LINE), ClientNotFound);
});

test('every call has a complete timeline', () => assertWholeLives(app));
