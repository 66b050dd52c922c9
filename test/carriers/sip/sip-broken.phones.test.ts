import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { PHONE_SDP } from '../../peers/raw-phone.ts';
import { DATA_EXCEPTION, DISK_FULL, refuseRows } from '../refusals.ts';
import { startRawStage } from './raw-stage.ts';

const app = await startApp();

function nothingLeft(callId: string): Promise<true> {
  return until(
    'no leg is left',
    async () => (await app.sql('SELECT FROM carried_legs WHERE call_id = $1', [callId])).length === 0,
  );
}

suite('saved legs that cannot be read', () => {
  for (const [phase, state] of [
    ['calling', 'callingCaller'],
    ['confirmed', 'connected'],
  ] as const) {
    test(`a call that was taken over in the state ${state} ends`, async () => {
      const { carrier, nodeId, reported, insertCall } = await startRawStage(app);
      const call = await insertCall();
      for (const leg of ['caller', 'callee'])
        await app.sql(`INSERT INTO carried_legs VALUES ($1, $2, 'sip', $3, $2, NULL, $4)`, [
          ...[call.id, leg, nodeId, JSON.stringify({ phase })],
        ]);
      carrier.reconcile([{ ...call, state }]);
      await nothingLeft(call.id);
      assert.deepEqual(reported, ['failed: other']);
    });
  }

  test('a leg of an ended call is given up', async () => {
    const { carrier, nodeId, insertCall } = await startRawStage(app);
    const { id } = await insertCall();
    await app.sql(
      `INSERT INTO carried_legs VALUES ($1, 'caller', 'sip', $2, 'only', NULL, '{"phase": "calling"}')`,
      [...[id, nodeId]],
    );
    await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [id]);
    await carrier.releaseOrphans();
    await nothingLeft(id);
  });
});

suite('a leg that the database refuses to write', () => {
  test('before its phone is called: the phone does not ring, and the call fails for another reason', async () => {
    const { carrier, caller, reported, errors, insertCall } = await startRawStage(app);
    const call = await insertCall();
    await refuseRows(app, 'carried_legs', `NEW.call_id = '${call.id}'`, DATA_EXCEPTION);
    carrier.originate(call);
    await until('the call fails', () => reported.length > 0);
    assert.deepEqual([reported, caller.received], [['failed: other'], []]);
    assert.deepEqual(errors, ['sip: cannot save a leg; ending the call']);
  });

  for (const [leg, reports] of [
    ['caller', ['callingCaller', 'failed: other']],
    ['callee', ['callingCaller', 'callingCallee', 'failed: other']],
  ] as const) {
    test(`when the ${leg} has answered: the phones get BYE, and nothing is left`, async () => {
      const { carrier, caller, callee, reported, insertCall } = await startRawStage(app);
      const call = await insertCall();
      const refused = `NEW.call_id = '${call.id}' AND NEW.leg = '${leg}' AND NEW.saved->>'phase' = 'confirmed'`;
      await refuseRows(app, 'carried_legs', refused, DATA_EXCEPTION);
      carrier.originate(call);
      const phones = leg === 'caller' ? [caller] : [caller, callee];
      for (const phone of phones) phone.respond(await phone.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
      for (const phone of phones) phone.respond(await phone.next('BYE'), '200 OK');
      await nothingLeft(call.id);
      assert.deepEqual(reported, reports);
    });
  }

  test('for too long before its phone rings: the call fails for another reason', async () => {
    const { carrier, caller, reported, insertCall } = await startRawStage(app);
    const call = await insertCall();
    await refuseRows(app, 'carried_legs', `NEW.call_id = '${call.id}'`, DISK_FULL);
    carrier.originate(call);
    await until('the call fails', () => reported.length > 0);
    assert.deepEqual([reported, caller.received], [['failed: other'], []]);
    await nothingLeft(call.id);
  });

  test('is not written after the call has ended', async () => {
    const { carrier, caller, warnings, insertCall } = await startRawStage(app);
    const call = await insertCall();
    const refused = `NEW.call_id = '${call.id}' AND NEW.saved->>'phase' = 'confirmed'`;
    await refuseRows(app, 'carried_legs', refused, DISK_FULL);
    carrier.originate(call);
    caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
    await until('two attempts', () => warnings.length > 1);
    carrier.hangUp(call.id);
    caller.respond(await caller.next('BYE'), '200 OK');
    await nothingLeft(call.id);
  });
});

test('a caller’s phone that answers without a description fails, and the callee’s does not ring', async () => {
  const { carrier, caller, callee, reported, insertCall } = await startRawStage(app);
  const call = await insertCall();
  carrier.originate(call);
  caller.respond(await caller.next('INVITE'), '200 OK');
  await caller.next('ACK');
  caller.respond(await caller.next('BYE'), '200 OK');
  await nothingLeft(call.id);
  assert.deepEqual([reported, callee.received], [['callingCaller', 'failed: callerFailure'], []]);
});
