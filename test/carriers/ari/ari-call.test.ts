import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createAriCall } from '../../../src/carriers/ari/ari-call.ts';
import { AriError } from '../../../src/carriers/ari/ari-client.ts';
import { insertCalls, insertUser } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { heldCall } from '../held-call.ts';

const app = await startApp();
const nodeId = randomUUID();
await app.sql(`INSERT INTO nodes (id, seen_at) VALUES ($1, now() + interval '1 hour')`, [nodeId]);
const [id = ''] = await insertCalls(app, await insertUser(app, 'anna'), 1, {
  state: 'initiating',
  carrier: 'ari',
});
await app.sql('UPDATE calls SET node_id = $1', [nodeId]);
const call = await heldCall(app.database, nodeId, id);

/** A call whose first channel Asterisk refuses, and then fails in this way to say whether the phone is registered. */
async function refused(failure: Error) {
  const errors: unknown[] = [];
  const reports: object[] = [];
  const done = async () => {};
  createAriCall(call, {
    channels: {
      ...{ dial: done, ring: done, connect: done, hangUp: done, removeBridge: done },
      ...{ find: async () => undefined, watchBridge: async () => false },
      create: () => Promise.reject(new AriError('refused', 400)),
      isOffline: () => Promise.reject(failure),
    },
    recordings: {
      start: done,
      stop: done,
      remove: done,
      exists: async () => true,
      find: async () => undefined,
    },
    report: (_, progress) => reports.push(progress),
    log: { info() {}, warn() {}, error: (...line: unknown[]) => errors.push(line) },
    ...{ ended() {}, mayBeOrphaned() {} },
  }).begin();
  const [ending] = await until('it has ended', () => reports.length > 0 && reports);
  assert.ok(ending && 'reason' in ending && ending.reason === 'callerFailure');
  return errors;
}

test('a call ends also if Asterisk does not say whether its phone is registered', async () => {
  assert.deepEqual(await refused(new AriError('no response', undefined)), []);
});

test('a bug on the way to the reason of an ending is an error in the log, and the call ends', async () => {
  const bug = new TypeError('a bug');
  assert.deepEqual(await refused(bug), [
    [{ err: bug, callId: id }, 'ari: cannot read the details of an ended call'],
  ]);
});
