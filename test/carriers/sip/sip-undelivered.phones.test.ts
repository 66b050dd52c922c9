import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { setT1 } from '@clicktocall/sip';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { field, PHONE_SDP } from '../../peers/raw-phone.ts';
import { type RawStage, startRawStage } from './raw-stage.ts';

/** An attempt lasts 6.4 s here, and the next one comes 5 s later. */
const T1 = 100;
const NEXT_ATTEMPT_S = 20;

const app = await startApp();

async function legsOf(callId: string): Promise<unknown[]> {
  const rows = await app.sql<{ leg: string }>('SELECT leg FROM carried_legs WHERE call_id = $1', [callId]);
  return rows.map(({ leg }) => leg);
}

/** A node that looks for what is left as often as a server does. */
async function startStage(): Promise<RawStage> {
  const stage = await startRawStage(app);
  setT1(T1); // of the whole process
  const looking = setInterval(() => stage.carrier.releaseOrphans().catch(() => {}), 500);
  afterFile(() => clearInterval(looking));
  return stage;
}

async function hangUp(callId: string, { carrier }: RawStage): Promise<void> {
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [callId]);
  carrier.hangUp(callId);
}

/** @returns the call's id, once both phones talk */
async function talk({ carrier, caller, callee, insertCall }: RawStage): Promise<string> {
  const { id, ...call } = await insertCall();
  carrier.originate({ id, ...call });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  callee.respond(await callee.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  await callee.next('ACK');
  return id;
}

suite('a phone that cannot be told of the end of its call', { concurrency: true }, () => {
  test('is told again, until it knows; the other one is told once', async () => {
    const stage = await startStage();
    const { caller, callee, warnings } = stage;
    const id = await talk(stage);
    await hangUp(id, stage);
    caller.respond(await caller.next('BYE'), '200 OK');
    const unheard = await callee.next('BYE');
    await until('the first attempt is over', () => warnings.length > 0);
    await until('the other one is done with', async () => (await legsOf(id)).length === 1);
    assert.deepEqual(await legsOf(id), ['callee']);
    const heard = await until(
      'it is told again',
      () => callee.received.find((raw) => raw.startsWith('BYE') && raw !== unheard),
      NEXT_ATTEMPT_S,
    );
    assert.equal(field(heard, 'To'), field(unheard, 'To'));
    callee.respond(heard, '200 OK');
    await until('nothing is left', async () => (await legsOf(id)).length === 0);
    assert.equal(caller.received.filter((raw) => raw.startsWith('BYE')).length, 1);
    assert.deepEqual(warnings, ['sip: BYE or CANCEL was not confirmed; will retry']);
  });

  test('that rings is told again', async () => {
    const stage = await startStage();
    const { carrier, caller, insertCall } = stage;
    const { id, ...call } = await insertCall();
    carrier.originate({ id, ...call });
    caller.respond(await caller.next('INVITE'), '180 Ringing');
    await until('it is known to ring', async () => stage.reported.length > 0);
    await hangUp(id, stage);
    const unheard = await caller.next('CANCEL');
    await until('the first attempt is over', () => stage.warnings.length > 0);
    assert.deepEqual(await legsOf(id), ['caller']);
    // the next CANCEL is to the letter as the one before, and nobody waits for an answer until it has been sent
    const isTold = async () => {
      caller.respond(unheard, '200 OK');
      return (await legsOf(id)).length === 0;
    };
    await until('nothing is left', isTold, NEXT_ATTEMPT_S);
  });

  test('is told by another node once this one is gone', async () => {
    const [stage, other] = [await startRawStage(app), await startStage()];
    const { caller, callee } = stage;
    const id = await talk(stage);
    await hangUp(id, stage);
    caller.respond(await caller.next('BYE'), '200 OK');
    const unheard = await callee.next('BYE');
    await app.sql('DELETE FROM nodes WHERE id = $1', [stage.nodeId]);
    const heard = await until('it is told again', () =>
      callee.received.find((raw) => raw.startsWith('BYE') && raw !== unheard),
    );
    assert.notEqual(field(heard, 'Via'), field(unheard, 'Via'));
    callee.respond(heard, '200 OK');
    caller.respond(await caller.next('BYE'), '481 Call/Transaction Does Not Exist');
    await until('nothing is left', async () => (await legsOf(id)).length === 0);
    assert.deepEqual(other.errors, []);
  });

  test('is given up ten minutes after the end, once it was told again', async () => {
    const stage = await startStage();
    const { nodeId, insertCall, callee, errors } = stage;
    const { id } = await insertCall();
    const saved = {
      ...{ phase: 'confirmed', callId: randomUUID(), localUri: 'sip:a@127.0.0.1', localTag: 'a' },
      ...{ remoteUri: callee.uri, remoteTag: 'b', remoteTarget: callee.uri, routeSet: [], cseq: 1 },
      ...{ description: { id: 1, version: 1 }, session: { interval: 1800, refresher: 'node' } },
    };
    await app.sql(`INSERT INTO carried_legs VALUES ($1, 'callee', 'sip', $2, $3)`, [
      ...[id, nodeId, JSON.stringify(saved)],
    ]);
    await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [id]);
    await app.sql(`UPDATE calls SET ended_at = ended_at - interval '11 minutes' WHERE id = $1`, [id]);
    await callee.next('BYE');
    assert.deepEqual(await legsOf(id), ['callee']);
    await until('nothing is left', async () => (await legsOf(id)).length === 0);
    assert.deepEqual(errors, ['sip: gave up orphaned legs; their phones may still be in the call']);
  });
});
