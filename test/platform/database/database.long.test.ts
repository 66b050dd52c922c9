import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase } from '../../../src/platform/database/database.ts';
import {
  DatabaseConnectionFailed,
  DatabaseTimedOut,
} from '../../../src/platform/database/database-errors.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { postCall } from '../../web/classic/call.ts';

const app = await startApp();
await addUser(app, 'anna');
await addUser(app, 'bert');
const client = await addClassicClient(app);
const [annas, berts] = [await classicToken(app, client, 'anna'), await classicToken(app, client, 'bert')];

const open = (token: string) => postCall(app, token);

test('a connection lost in the middle of a transaction fails that transaction, and nothing else', async () => {
  const database = connectDatabase(app.databaseUrl);
  const pid = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' };
  const lost = database.transaction(async (tx) => {
    const [row] = await tx.query<{ pid: number }>(pid);
    await app.sql('SELECT pg_terminate_backend($1)', [row?.pid]);
    return tx.query(pid);
  });
  await assert.rejects(lost, DatabaseConnectionFailed);
  assert.equal(await database.transaction(async (tx) => (await tx.query(pid)).length), 1);
  await database.close();
});

test('while one user’s row is locked, other users’ calls and all reads succeed, and no refused call opens later', async () => {
  const holder = await app.database.pool.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM users WHERE name = 'anna' FOR NO KEY UPDATE`);
  const waiting = Array.from({ length: 8 }, () => open(annas));
  const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;
  while ((await app.sql(blocked)).length < 4) await new Promise(setImmediate);
  const asked = performance.now();
  const reading = await fetch(`${app.url}/rest/call`, { headers: bearer(berts) });
  assert.equal(reading.status, 200);
  assert.equal((await fetch(`${app.url}/readyz`)).status, 200);
  assert.ok(performance.now() - asked < 500, 'reading waited for the lock');
  assert.equal((await open(berts)).status, 201);
  for (const answer of await Promise.all(waiting)) {
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '5');
  }
  await holder.query('COMMIT');
  holder.release();
  assert.deepEqual(await (await fetch(`${app.url}/rest/call`, { headers: bearer(annas) })).json(), []);
});

test('of many requests that wait for one lock, those with 503 open no call, even later', async () => {
  const holder = await app.database.pool.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM users WHERE name = 'anna' FOR NO KEY UPDATE`);
  const released = sleep(4_500).then(() => holder.query('COMMIT'));
  const answers = await Promise.all(Array.from({ length: 60 }, () => open(annas)));
  const statuses = answers.map(({ status }) => status);
  await released;
  holder.release();
  const opened = statuses.filter((status) => status === 201).length;
  assert.ok(statuses.includes(503));
  await sleep(500);
  const [row] = await app.sql<{ ongoing: number }>(
    `SELECT count(*)::integer AS ongoing FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = 'anna' AND c.ended_at IS NULL`,
  );
  assert.equal(row?.ongoing, opened);
});

test('a statement that takes too long is aborted', async () => {
  const database = connectDatabase(app.databaseUrl);
  await assert.rejects(database.query({ name: 'sleep', text: 'SELECT pg_sleep(30)' }), DatabaseTimedOut);
  await database.close();
});
