import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { setT1 } from '@clicktocall/sip';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { until } from '../../harness/until.ts';
import { field, PHONE_SDP } from '../../peers/raw-phone.ts';
import { type RawStage, startRawStage } from './raw-stage.ts';

/** An attempt takes 6.4 s with this T1, and the next one starts 5 s later. */
const T1 = 100;
const NEXT_ATTEMPT_S = 20;

const app = await startApp();

async function legsOf(callId: string): Promise<unknown[]> {
  const rows = await app.sql<{ leg: string }>('SELECT leg FROM carried_legs WHERE call_id = $1', [callId]);
  return rows.map(({ leg }) => leg);
}

/** A node that releases orphaned legs as a server does. */
async function startStage(): Promise<RawStage> {
  const stage = await startRawStage(app);
  setT1(T1); // for the whole process
  const looking = setInterval(() => stage.carrier.releaseOrphans().catch(() => {}), 500);
  afterFile(() => clearInterval(looking));
  return stage;
}

async function hangUp(callId: string, { carrier }: RawStage): Promise<void> {
  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [callId]);
  carrier.hangUp(callId);
}

/** Connects both phones. @returns the call's id */
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

suite('a phone that does not confirm the end of its call', { concurrency: true }, () => {
  test('gets BYE again until it responds; the other phone gets one BYE', async () => {
    const stage = await startStage();
    const { caller, callee, warnings } = stage;
    const id = await talk(stage);
    await hangUp(id, stage);
    caller.respond(await caller.next('BYE'), '200 OK');
    const first = await callee.next('BYE');
    await until('the first attempt is over', () => warnings.length > 0);
    await until('the other leg is deleted', async () => (await legsOf(id)).length === 1);
    assert.deepEqual(await legsOf(id), ['callee']);
    const second = await until(
      'another BYE',
      () => callee.received.find((raw) => raw.startsWith('BYE') && raw !== first),
      NEXT_ATTEMPT_S,
    );
    assert.equal(field(second, 'To'), field(first, 'To'));
    callee.respond(second, '200 OK');
    await until('nothing is left', async () => (await legsOf(id)).length === 0);
    assert.equal(caller.received.filter((raw) => raw.startsWith('BYE')).length, 1);
    assert.deepEqual(warnings, ['sip: BYE or CANCEL was not confirmed; will retry']);
  });

  test('that rings gets CANCEL again', async () => {
    const stage = await startStage();
    const { carrier, caller, insertCall } = stage;
    const { id, ...call } = await insertCall();
    carrier.originate({ id, ...call });
    caller.respond(await caller.next('INVITE'), '180 Ringing');
    await until('the phone rings', async () => stage.reported.length > 0);
    await hangUp(id, stage);
    const first = await caller.next('CANCEL');
    await until('the first attempt is over', () => stage.warnings.length > 0);
    assert.deepEqual(await legsOf(id), ['caller']);
    // the next CANCEL has the same text, and a response counts only after it was sent
    const respondsToNext = async () => {
      caller.respond(first, '200 OK');
      return (await legsOf(id)).length === 0;
    };
    await until('nothing is left', respondsToNext, NEXT_ATTEMPT_S);
  });

  test('gets BYE from another node once this one is gone', async () => {
    const [stage, other] = [await startRawStage(app), await startStage()];
    const { caller, callee } = stage;
    const id = await talk(stage);
    await hangUp(id, stage);
    caller.respond(await caller.next('BYE'), '200 OK');
    const first = await callee.next('BYE');
    await app.sql('DELETE FROM nodes WHERE id = $1', [stage.nodeId]);
    const second = await until('another BYE', () =>
      callee.received.find((raw) => raw.startsWith('BYE') && raw !== first),
    );
    assert.notEqual(field(second, 'Via'), field(first, 'Via'));
    callee.respond(second, '200 OK');
    caller.respond(await caller.next('BYE'), '481 Call/Transaction Does Not Exist');
    await until('nothing is left', async () => (await legsOf(id)).length === 0);
    assert.deepEqual(other.errors, []);
  });

  test('is given up ten minutes after the end, after one more attempt', async () => {
    const stage = await startStage();
    const { nodeId, insertCall, callee, errors } = stage;
    const { id } = await insertCall();
    const saved = {
      ...{ phase: 'confirmed', callId: randomUUID(), localUri: 'sip:a@127.0.0.1', localTag: 'a' },
      ...{ remoteUri: callee.uri, remoteTag: 'b', remoteTarget: callee.uri, routeSet: [], cseq: 1 },
      ...{ description: { id: 1, version: 1 }, session: { interval: 1800, refresher: 'node' } },
    };
    await app.sql(`INSERT INTO carried_legs VALUES ($1, 'callee', 'sip', $2, 'only', NULL, $3)`, [
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
