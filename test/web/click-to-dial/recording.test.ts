import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import {
  addCaller,
  assertError,
  callTo,
  deleteCall,
  getCall,
  getRecording,
  openCall,
  type ShownCall,
  tokenFor,
} from './call.ts';
import { assertIs } from './camara-schemas.ts';

const app = await startApp({ CARRIER: 'simulator' }, hurriedClock(20));
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);
const recorded = { recordingEnabled: true };
/** Answers at once, and talks until somebody ends the call. */
const AT_ONCE = '+12025550101';

function reach(callId: string, status: string): Promise<ShownCall> {
  return until(`${callId} is ${status}`, async () => {
    const call = (await getCall(app, token, callId)).json<ShownCall>();
    return call.status === status && call;
  });
}

async function ending(callId: string) {
  const [row] = await app.sql<{ result: string | null; endedAt: Date }>(
    'SELECT recording_result AS result, ended_at AS "endedAt" FROM calls WHERE id = $1',
    [callId],
  );
  assert.ok(row);
  return row;
}

test('a recorded call has its recording once it has ended, and not before', async () => {
  const opened = await openCall(app, token, callTo(AT_ONCE, recorded));
  assert.equal(opened.recordingEnabled, true);
  assertError(await getRecording(app, token, opened.callId), 404, 'NOT_FOUND');
  await reach(opened.callId, 'connected');
  assertError(await getRecording(app, token, opened.callId), 404, 'NOT_FOUND');
  await deleteCall(app, token, opened.callId);

  assert.equal((await reach(opened.callId, 'disconnected')).recordingEnabled, true);
  const { result, endedAt } = await ending(opened.callId);
  assert.equal(result, 'success');
  const answer = await getRecording(app, token, opened.callId);
  assert.equal(answer.status, 200, answer.text);
  const recording = answer.json<Record<string, string>>();
  assertIs('RecordingResource', recording);
  assert.deepEqual([recording['callId'], recording['contentType']], [opened.callId, 'audio/wav']);
  assert.equal(recording['generatedAt'], endedAt.toISOString());
  const sound = Buffer.from(recording['content'] ?? '', 'base64');
  assert.equal(sound.subarray(0, 4).toString() + sound.subarray(8, 12).toString(), 'RIFFWAVE');
  assert.equal(sound.readUInt32LE(4), sound.length - 8);
  assert.equal((await getRecording(app, token, opened.callId)).text, answer.text);
});

suite('there is no recording', () => {
  test('of a call that was to be recorded but never was connected: noRecord', async () => {
    const { callId } = await openCall(app, token, callTo('+12025550120', recorded));
    await reach(callId, 'failed');
    assert.equal((await ending(callId)).result, 'noRecord');
    assertError(await getRecording(app, token, callId), 404, 'NOT_FOUND');
  });

  test('of a call that was connected but not to be recorded', async () => {
    const { callId } = await openCall(app, token, callTo('+12025550102', { recordingEnabled: false }));
    await app.sql('SELECT FROM move_call($1, $2)', [callId, 'connected']);
    await deleteCall(app, token, callId);
    await reach(callId, 'disconnected');
    assert.equal((await ending(callId)).result, null);
    assertError(await getRecording(app, token, callId), 404, 'NOT_FOUND');
  });

  test('where recording it failed', async () => {
    const { callId } = await openCall(app, token, callTo('+12025550100', recorded));
    await app.sql('SELECT FROM move_call($1, $2)', [callId, 'connected']);
    await deleteCall(app, token, callId);
    await app.sql(`UPDATE calls SET recording_result = 'fail' WHERE id = $1`, [callId]);
    assertError(await getRecording(app, token, callId), 404, 'NOT_FOUND');
  });
});

test('a recording is for the client that opened the call, unless the scope is call', async () => {
  const { callId } = await openCall(app, token, callTo(undefined, recorded));
  await app.sql('SELECT FROM move_call($1, $2)', [callId, 'connected']);
  await deleteCall(app, token, callId);
  const other = await addModernClient(app);
  const narrow = await tokenFor(app, other, anna, 'click-to-dial:recordings:read');
  assertError(await getRecording(app, narrow, callId), 404, 'NOT_FOUND');
  assert.equal((await getRecording(app, await tokenFor(app, other, anna), callId)).status, 200);
  const own = await tokenFor(app, client, anna, 'click-to-dial:recordings:read');
  assert.equal((await getRecording(app, own, callId)).status, 200);
});
