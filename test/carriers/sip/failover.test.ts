import assert from 'node:assert/strict';
import { setServers } from 'node:dns/promises';
import { test } from 'node:test';
import { setT1 } from '@clicktocall/sip';
import { startApp } from '../../harness/app.ts';
import { startDnsResponder } from '../../harness/dns-responder.ts';
import { until } from '../../harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../peers/raw-phone.ts';
import { heldCall } from '../held-call.ts';
import { startRawStage } from './raw-stage.ts';

/** A silent server is followed by the next one after 400 ms. */
const T1 = 100;

const app = await startApp();
const servers = [await RawPhone.start(), await RawPhone.start()] as const;
const [silent, working] = servers;
const records = servers.map(({ uri }, index) => ({
  ...{ priority: index, weight: 0, target: 'localhost' },
  port: Number(/:(\d+)$/.exec(uri)?.[1]),
}));
setServers([(await startDnsResponder(new Map([['_sip._udp.trunk.test', records]]))).server]);

test('a node that takes a call over keeps the server that answered, and cancels the INVITE to the silent one', async () => {
  const trunk = { SIP_CALLEE_ADDRESS: 'sip:{number}@trunk.test' };
  const [stage, other] = [await startRawStage(app, trunk), await startRawStage(app, trunk)];
  setT1(T1);
  const { caller } = stage;
  const call = await stage.insertCall();
  const legs = () =>
    app.sql(`SELECT leg, saved->>'phase' AS phase FROM carried_legs WHERE call_id = $1 ORDER BY leg, phase`, [
      call.id,
    ]);
  stage.carrier.originate(call);
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  const unanswered = await silent.next('INVITE');
  assert.equal((await legs()).length, 2, 'stored before it is sent');
  working.respond(await working.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  await working.next('ACK');
  await until('it is connected', () => stage.reported.includes('connected'));
  const expected = [
    ['callee', 'calling'],
    ['callee', 'confirmed'],
    ['caller', 'confirmed'],
  ];
  assert.deepEqual(
    (await legs()).map(({ leg, phase }) => [leg, phase]),
    expected,
  );

  await app.sql(`UPDATE calls SET node_id = $1, state = 'connected' WHERE id = $2`, [other.nodeId, call.id]);
  const taken = await heldCall(app.database, other.nodeId, call.id);
  other.carrier.reconcile([taken]);
  const cancel = await silent.next('CANCEL');
  assert.equal(field(cancel, 'Via'), field(unanswered, 'Via'));
  silent.respond(cancel, '200 OK');
  const refreshed = await working.next('INVITE');
  working.respond(refreshed, '200 OK', { sdp: PHONE_SDP });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  await until('the record of the INVITE is deleted', async () => (await legs()).length === 2);
  assert.deepEqual(other.reported, [], 'the call continues');

  await app.sql(`SELECT move_call($1, 'disconnected', 'hangUp', 'client')`, [call.id]);
  other.carrier.hangUp(call.id);
  const byes = [await caller.next('BYE'), await working.next('BYE')];
  assert.ok(
    byes.every(
      (bye) => Number.parseInt(field(bye, 'CSeq'), 10) > Number.parseInt(field(refreshed, 'CSeq'), 10) - 2,
    ),
  );
  caller.respond(byes[0] ?? '', '200 OK');
  working.respond(byes[1] ?? '', '200 OK');
  await until('nothing is left', async () => (await legs()).length === 0);
});

test('two processes that take over one after the other never use the same sequence number', async () => {
  const stages = [await startRawStage(app), await startRawStage(app), await startRawStage(app)] as const;
  setT1(T1);
  const [first] = stages;
  const { caller, callee } = first;
  const call = await first.insertCall();
  first.carrier.originate(call);
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await caller.next('ACK');
  callee.respond(await callee.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  await callee.next('ACK');
  const numbers: string[] = [];
  for (const next of stages.slice(1)) {
    await app.sql(`UPDATE calls SET node_id = $1, state = 'connected' WHERE id = $2`, [next.nodeId, call.id]);
    const taken = await heldCall(app.database, next.nodeId, call.id);
    next.carrier.reconcile([taken]);
    // nobody answers it before the process is gone
    numbers.push(field(await callee.next('INVITE'), 'CSeq'));
  }
  assert.equal(new Set(numbers).size, 2, numbers.join());
});
