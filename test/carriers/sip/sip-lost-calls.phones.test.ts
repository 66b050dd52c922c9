import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SavedLeg } from '@clicktocall/sip';
import { saveLeg } from '../../../src/carriers/sip/leg-store.ts';
import { ADVISORY_LOCKS } from '../../../src/platform/database/advisory-locks.ts';
import { connect } from '../../core/calls/rows.ts';
import { startApp } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { PHONE_SDP, type RawPhone } from '../../peers/raw-phone.ts';
import { type RawStage, startRawStage } from './raw-stage.ts';

const app = await startApp();

/** Another node takes the call and its legs over, as if this one had been paused. */
async function takeAway(callId: string): Promise<string> {
  const other = randomUUID();
  await app.sql('UPDATE calls SET node_id = $1 WHERE id = $2', [other, callId]);
  await app.sql('UPDATE carried_legs SET node_id = $1 WHERE call_id = $2', [other, callId]);
  return other;
}

/** @returns the call's id, and the INVITE that rings the callee */
async function ringCallee({ carrier, caller, callee, insertCall }: RawStage): Promise<[string, string]> {
  const call = await insertCall();
  carrier.originate(call);
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  const invite = await callee.next('INVITE');
  callee.respond(invite, '180 Ringing');
  return [call.id, invite];
}

function requestsTo({ received }: RawPhone): string[] {
  return received.map((raw) => raw.split(' ')[0] as string);
}

suite('a node that lost its call', () => {
  test('before the call started: no phone rings', async () => {
    const { carrier, caller, insertCall, reported } = await startRawStage(app);
    const call = await insertCall();
    await takeAway(call.id);
    carrier.originate(call);
    await sleep(300);
    assert.deepEqual([requestsTo(caller), reported], [[], []]);
    carrier.originate(call);
    await sleep(100);
    assert.deepEqual(requestsTo(caller), []);
  });

  test('while the caller’s phone rings: its answer gets BYE, and no other phone rings', async () => {
    const { carrier, caller, callee, insertCall } = await startRawStage(app);
    const call = await insertCall();
    carrier.originate(call);
    const invite = await caller.next('INVITE');
    caller.respond(invite, '180 Ringing');
    await takeAway(call.id);
    caller.respond(invite, '200 OK', { sdp: PHONE_SDP });
    caller.respond(await caller.next('BYE'), '200 OK');
    assert.deepEqual([requestsTo(caller), requestsTo(callee)], [['INVITE', 'ACK', 'BYE'], []]);
  });

  test('while the callee’s phone rings: its answer gets BYE, and the caller’s phone is left to the other node', async () => {
    const stage = await startRawStage(app);
    const { caller, callee } = stage;
    const [id, invite] = await ringCallee(stage);
    const other = await takeAway(id);
    callee.respond(invite, '200 OK', { sdp: PHONE_SDP });
    callee.respond(await callee.next('BYE'), '200 OK');
    await sleep(100);
    assert.deepEqual(requestsTo(caller), ['INVITE', 'ACK']);
    const left = await app.sql('SELECT node_id FROM carried_legs WHERE call_id = $1', [id]);
    assert.deepEqual(left, Array(2).fill({ node_id: other }), 'what the other knows is its own');
  });

  test('and notices while the callee’s phone rings: it stops, and the caller’s phone is left to the other node', async () => {
    const stage = await startRawStage(app);
    const { carrier, caller, callee } = stage;
    const [id, invite] = await ringCallee(stage);
    await takeAway(id);
    carrier.handOver(id);
    callee.respond(await callee.next('CANCEL'), '200 OK');
    callee.respond(invite, '487 Request Terminated');
    await callee.next('ACK');
    assert.deepEqual(requestsTo(caller), ['INVITE', 'ACK']);
  });

  test('while two talk: no phone gets a message', async () => {
    const stage = await startRawStage(app);
    const { carrier, caller, callee } = stage;
    const [id, invite] = await ringCallee(stage);
    callee.respond(invite, '200 OK', { sdp: PHONE_SDP });
    caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
    await caller.next('ACK');
    await takeAway(id);
    carrier.handOver(id);
    await sleep(300);
    assert.deepEqual(requestsTo(caller), ['INVITE', 'ACK', 'INVITE', 'ACK']);
    assert.deepEqual(requestsTo(callee), ['INVITE', 'ACK']);
  });
});

test('a leg is not written while another node takes over its call', async () => {
  const { nodeId, insertCall } = await startRawStage(app);
  const { id } = await insertCall();
  const other = await connect(app);
  await app.sql('DELETE FROM nodes WHERE id = $1', [nodeId]);
  await other.query('BEGIN');
  await other.query(`SELECT adopt_calls($1, '10 seconds', '{sip}', ${ADVISORY_LOCKS.adoption})`, [
    randomUUID(),
  ]);
  const saved = saveLeg(app.database, nodeId, { callId: id, leg: 'caller', saved: {} as SavedLeg });
  await waitsOrEnds(app, saved);
  await other.query('COMMIT');
  await assert.rejects(saved, /another node holds the call/);
  assert.deepEqual(await app.sql('SELECT FROM carried_legs WHERE call_id = $1', [id]), []);
});
