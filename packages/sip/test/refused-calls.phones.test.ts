import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../../../test/harness/free-port.ts';
import { until } from '../../../test/harness/until.ts';
import {
  answersTheCancelled,
  forgetsTheCancelled,
  refuses,
  rings,
  saysNothing,
} from '../../../test/peers/scenarios.ts';
import { startSipp } from '../../../test/peers/sipp.ts';
import { SipFailure } from '../src/user-agent/failure.ts';
import { prepare, startAgent } from './test-agent.ts';

/** Ten times as fast as in RFC 3261. */
const HASTY = { t1: 50 };

for (const [status, reason] of [
  [486, 'Busy Here'],
  [603, 'Decline'],
  [404, 'Not Found'],
] as const) {
  test(`a phone that refuses with ${status} gets an ACK`, async () => {
    const agent = await startAgent({}, HASTY);
    const phone = await startSipp(refuses(status, reason));
    await assert.rejects(prepare(agent, phone.uri()).leg.call(), { code: status, reason, local: false });
    assert.equal(await phone.ended, 0, phone.messages());
  });
}

test('a phone that rings too long gets CANCEL', async () => {
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

test('CANCEL waits for the first response', async () => {
  const agent = await startAgent({}, HASTY);
  const phone = await startSipp(rings());
  const { leg } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487 });
  while (!agent.recorded.messages.includes('sent INVITE'))
    await new Promise((resolve) => setImmediate(resolve));
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

test('an INVITE without a final response after CANCEL is given up after 64*T1', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const phone = await startSipp(forgetsTheCancelled());
  const { leg, ringing } = prepare(agent, phone.uri());
  const call = assert.rejects(leg.call(), { code: 487, local: true });
  await until('it rings', () => ringing.length > 0);
  await leg.hangUp();
  await call;
  await until('nothing is left', () => agent.status().transactions === 0 && agent.status().dialogs === 0);
});

test('a phone that does not respond is a local failure after timer B', async () => {
  const agent = await startAgent({}, { t1: 10 });
  const phone = await startSipp(saysNothing());
  await assert.rejects(prepare(agent, phone.uri()).leg.call(), { code: 408, local: true });
  assert.ok(agent.recorded.retransmissions.length >= 5, 'timer A');
  assert.deepEqual(agent.recorded.failures, ['unanswered']);
});

for (const protocol of ['udp', 'tcp'] as const) {
  test(`if nothing listens for ${protocol}, the call fails soon`, async () => {
    const agent = await startAgent({ listen: { protocol, host: '127.0.0.1', port: 0 } });
    const { leg } = prepare(agent, `sip:nobody@127.0.0.1:${await freePort()}`);
    const begun = performance.now();
    await assert.rejects(
      leg.call(),
      (error) => error instanceof SipFailure && error.local && /ECONNREFUSED/.test(error.reason),
    );
    assert.ok(performance.now() - begun < 2000);
    assert.deepEqual(agent.recorded.failures, ['unreachable']);
  });
}
