import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SipFailure } from '../../../../src/carriers/sip/user-agent/sip-failure.ts';
import { until } from '../../../harness/until.ts';
import { freePorts } from '../../../peers/ports.ts';
import {
  answersTheCancelled,
  forgetsTheCancelled,
  refuses,
  rings,
  saysNothing,
} from '../../../peers/scenarios.ts';
import { startSipp } from '../../../peers/sipp.ts';
import { prepare, startAgent } from './stack-setup.ts';

/** Ten times as fast as the RFC has it. */
const HASTY = { t1: 50 };

for (const [status, reason] of [
  [486, 'Busy Here'],
  [603, 'Decline'],
  [404, 'Not Found'],
] as const) {
  test(`a phone that refuses with ${status} says so, and hears that it was heard`, async () => {
    const agent = await startAgent({}, HASTY);
    const phone = await startSipp(refuses(status, reason));
    await assert.rejects(prepare(agent, phone.uri()).leg.call(), { code: status, reason, local: false });
    assert.equal(await phone.ended, 0, phone.messages());
  });
}

test('a phone that is not answered is told that it may stop', async () => {
  const agent = await startAgent({}, HASTY);
  const phone = await startSipp(rings());
  const { leg, ringing } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487 });
  await until('it rings', () => ringing.length > 0);
  await leg.hangUp({ cause: 480, text: 'No answer' });
  await call;
  assert.equal(await phone.ended, 0, phone.messages());
  assert.match(phone.messages(), /CANCEL [\s\S]*Reason: SIP;cause=480;text="No answer"/);
});

test('hung up before the phone has been heard of, CANCEL waits until it is', async () => {
  const agent = await startAgent({}, HASTY);
  const phone = await startSipp(rings());
  const { leg } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487 });
  await leg.hangUp();
  await call;
  assert.equal(await phone.ended, 0, phone.messages());
});

test('an answer that crosses CANCEL is acknowledged, and ended', async () => {
  const agent = await startAgent({}, HASTY);
  const phone = await startSipp(answersTheCancelled());
  const { leg, ringing } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487, local: true });
  await until('it rings', () => ringing.length > 0);
  await leg.hangUp();
  await call;
  assert.equal(await phone.ended, 0, phone.messages());
});

test('an INVITE that never ends after CANCEL is forgotten after 64*T1', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const phone = await startSipp(forgetsTheCancelled());
  const { leg, ringing } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487, local: true });
  await until('it rings', () => ringing.length > 0);
  await leg.hangUp();
  await call;
  await until('nothing is left', () => agent.status().transactions === 0 && agent.status().dialogs === 0);
});

test('a phone that says nothing is a failure of this side, after timer B', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const phone = await startSipp(saysNothing());
  await assert.rejects(prepare(agent, phone.uri()).leg.call(), { code: 408, local: true });
  assert.ok(agent.told.retransmissions.length >= 5, 'timer A');
  assert.deepEqual(agent.told.failures, ['unanswered']);
});

for (const protocol of ['udp', 'tcp'] as const) {
  test(`where nobody listens for ${protocol}, that is known soon`, async () => {
    const agent = await startAgent({ listen: { protocol, host: '127.0.0.1', port: 0 } });
    const { leg } = prepare(agent, `sip:nobody@127.0.0.1:${await freePorts()}`);
    const begun = performance.now();
    await assert.rejects(
      leg.call(),
      (error) => error instanceof SipFailure && error.local && /ECONNREFUSED/.test(error.reason),
    );
    assert.ok(performance.now() - begun < 2000);
    assert.deepEqual(agent.told.failures, ['unreachable']);
  });
}
