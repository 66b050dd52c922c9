import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawPhone } from '../../../test/peers/raw-phone.ts';
import type { SavedDialog } from '../src/user-agent/saved-leg.ts';
import { connect } from './raw-calls.ts';
import { observe, prepare, startAgent } from './test-agent.ts';

const host = (phone: RawPhone) => phone.uri.replace(/^.*@/, '');

for (const [what, address, required] of [
  ['sips:', (phone: RawPhone) => `sips:anna@${host(phone)}`, 'tls'],
  ['transport=tls', (phone: RawPhone) => `sip:anna@${host(phone)};transport=tls`, 'tls'],
  ['transport=tcp', (phone: RawPhone) => `sip:anna@${host(phone)};transport=TCP`, 'tcp'],
] as const) {
  test(`an address with ${what} is not called over UDP`, async () => {
    const [agent, phone] = [await startAgent(), await RawPhone.start()];
    await assert.rejects(prepare(agent, address(phone)).leg.call(), {
      code: 503,
      local: true,
      reason: `${host(phone)} requires ${required} (sips: or transport=), but this node uses udp`,
    });
    assert.deepEqual(agent.recorded.failures, ['unreachable']);
    assert.deepEqual(agent.recorded.messages, []);
  });
}

test('through a proxy over UDP, an address that requires TLS is not called, others are', async () => {
  const proxy = await RawPhone.start();
  const agent = await startAgent({ proxy: `sip:${host(proxy)};transport=udp` });
  for (const to of ['sips:anna@pbx.test', 'sip:anna@pbx.test;transport=tls']) {
    await assert.rejects(prepare(agent, to).leg.call(), {
      code: 503,
      local: true,
      reason: /^pbx\.test .* tls /,
    });
  }
  assert.deepEqual(agent.recorded.messages, []);
  for (const to of ['sip:anna@pbx.test;transport=tcp', 'sip:anna;transport=tls@pbx2.test']) {
    const answered = prepare(agent, to).leg.call();
    proxy.respond(await proxy.next('INVITE'), '486 Busy Here');
    await assert.rejects(answered, { code: 486 });
  }
});

test('a phone that has answered gets BYE, whatever transport its Contact names', async () => {
  const { agent, phone, leg } = await connect();
  const saved = { ...(leg.saved as SavedDialog), remoteTarget: `${phone.uri};transport=tcp` };
  const other = await startAgent();
  const ended = observe((events) => other.adoptLeg(saved, events)).leg.hangUp();
  phone.respond(await phone.next('BYE'), '200 OK');
  await ended;
  await agent.close();
});
