import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../core/events/receiver.ts';
import { type Frame, openStream, type StreamReader } from '../core/events/stream-reader.ts';
import { startApp, startNode, type TestApp } from '../harness/app.ts';
import { hurriedClock } from '../harness/hurried-clock.ts';
import { addClassicClient, addUser, classicToken } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { openCall, stopCall } from '../web/classic/call.ts';

/** Hangs up a second after it has answered. */
const PHONE = '+12025550131';
const LIFE = ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'];
const ROUNDS = 50;

const app = await startApp({ CARRIER: 'simulator' }, hurriedClock(50));
const node = await startNode(app, { CARRIER: 'simulator' }, hurriedClock(50));
const shop = await addClassicClient(app, 'Shop');
let people = 0;

async function addReader(): Promise<{ name: string; token: string }> {
  const name = `reader${++people}`;
  await addUser(app, name, { limit: 1000, numbers: ['+447700900100'] });
  return { name, token: await classicToken(app, shop, name) };
}

async function lastSequence(name: string): Promise<number> {
  const [row] = await app.sql<{ last: number }>(
    'SELECT last_event_seq::integer AS last FROM users WHERE name = $1',
    [name],
  );
  return row?.last ?? 0;
}

/** Of each call all states in order, each number once. */
function assertWhole(events: readonly Frame[], count: number): void {
  assert.deepEqual(
    events.map(({ id }) => Number(id)),
    Array.from({ length: count }, (_, index) => index + 1),
  );
  const byCall = Map.groupBy(events, ({ data = '{}' }) => JSON.parse(data).data.callId);
  for (const [callId, its] of byCall)
    assert.deepEqual(
      its.map(({ event }) => event),
      LIFE,
      callId,
    );
}

test('a stream of one node shows the calls of another', async () => {
  const { token } = await addReader();
  const reader = await openStream(app, token);
  await openCall(node, token, PHONE);
  await reader.until(({ events }) => events.length === LIFE.length);
  const callId = await openCall(node, token, '+12025550100');
  await reader.until(({ states }) => states.at(-1) === 'connected');
  assert.equal((await stopCall(node, token, callId)).status, 200);
  await reader.until(({ events }) => events.length === 2 * LIFE.length);
  assertWhole(reader.events, 2 * LIFE.length);
  assert.equal(reader.shown(-1).data.endedBy, 'client');
});

test('a change is shown at once, on its own node and on others', async () => {
  const { token } = await addReader();
  for (const reading of [app, node]) {
    const reader = await openStream(reading, token);
    const times: number[] = [];
    for (let n = 0; n < 10; n++) {
      const began = performance.now();
      const callId = await openCall(app, token, '+12025550100');
      await reader.until(({ events }) => events.some(({ data = '' }) => data.includes(callId)));
      times.push(performance.now() - began);
    }
    const [median = 0] = times.toSorted((a, b) => a - b).slice(5);
    assert.ok(median < 500, `${times} ms`);
    await app.sql(
      `SELECT move_call(id, 'disconnected', 'hangUp', 'client') FROM calls WHERE ended_at IS NULL`,
    );
  }
});

test('a change without a signal is shown within two seconds', async () => {
  const { token } = await addReader();
  const callId = await openCall(node, token, '+12025550100');
  await eventually(
    async () =>
      (await app.sql('SELECT FROM calls WHERE id = $1 AND connected_at IS NOT NULL', [callId])).length > 0,
  );
  const reader = await openStream(app, token);
  const began = performance.now();
  await app.sql(`SELECT FROM move_call($1, 'disconnected', 'hangUp', 'client')`, [callId]);
  await reader.until(({ events }) => events.length === 1);
  assert.ok(performance.now() - began < 2_500, `took ${performance.now() - began} ms`);
});

test('a node that lost its listener still shows every event once', async () => {
  const { token } = await addReader();
  const reader = await openStream(app, token);
  const deafen = () =>
    app.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND (query LIKE 'LISTEN %' OR query = 'SELECT')`); // its probe
  for (let round = 0; round < 4; round++) {
    await eventually(async () => (await deafen()).length > 0);
    await openCall(node, token, PHONE);
    await sleep(randomInt(700));
  }
  await reader.until(({ events }) => events.length === 4 * LIFE.length);
  assertWhole(reader.events, 4 * LIFE.length);
});

/** Opens calls at either node until told to stop. */
async function keepCalling(token: string, everyMs: number, stopped: () => boolean): Promise<void> {
  const nodes = [app, node];
  for (let n = 0; !stopped(); n++) {
    await openCall(nodes[n % 2] as TestApp, token, PHONE);
    await sleep(randomInt(2 * everyMs));
  }
}

test(`a reader that is interrupted ${ROUNDS} times anywhere loses nothing and sees nothing twice`, async () => {
  const { name, token } = await addReader();
  let finished = false;
  const calling = keepCalling(token, 10, () => finished);
  const seen: Frame[] = [];
  let lastId = '0';
  const interrupted: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const reader = await openStream(round % 3 === 0 ? node : app, token, lastId);
    const enough = reader.events.length + randomInt(8);
    await reader.until(({ events }) => events.length >= enough);
    reader.close();
    seen.push(...reader.events);
    ({ lastId } = reader);
    interrupted.push(reader.events.length);
  }
  finished = true;
  await calling;
  await eventually(async () => (await app.sql('SELECT FROM calls WHERE ended_at IS NULL')).length === 0);
  const count = await lastSequence(name);
  const reader = await openStream(app, token, lastId);
  await reader.until(({ events }) => events.length >= count - seen.length);
  assertWhole([...seen, ...reader.events], count);
  assert.ok(new Set(interrupted).size > 3, `always after as many: ${interrupted}`);
});

test('a reader whose server is killed continues at another, without loss or repetition', async () => {
  const { name, token } = await addReader();
  const env = { DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'silent' };
  const seen: Frame[] = [];
  let lastId = '0';
  let finished = false;
  const calling = keepCalling(token, 50, () => finished);
  for (let round = 0; round < 2; round++) {
    const doomed = await startServer(env);
    const reader: StreamReader = await openStream(doomed, token, lastId);
    const enough = seen.length + 20;
    await reader.until(({ events }) => seen.length + events.length >= enough);
    await doomed.stop('SIGKILL');
    assert.equal(await reader.ended, 'cut');
    seen.push(...reader.events);
    ({ lastId } = reader);
  }
  finished = true;
  await calling;
  await eventually(async () => (await app.sql('SELECT FROM calls WHERE ended_at IS NULL')).length === 0);
  const count = await lastSequence(name);
  const reader = await openStream(node, token, lastId);
  await reader.until(({ events }) => events.length >= count - seen.length);
  assertWhole([...seen, ...reader.events], count);
});

test('a server that stops ends its streams at once', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl });
  const { token } = await addReader();
  const readers = await Promise.all(Array.from({ length: 20 }, () => openStream(server, token)));
  const began = performance.now();
  const stopped = server.stop('SIGTERM');
  for (const reader of readers) assert.equal(await reader.ended, 'end');
  const { code, stderr } = await stopped;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  assert.ok(performance.now() - began < 3_000, `took ${performance.now() - began} ms`);
});
