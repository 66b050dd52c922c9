import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SavedDialog } from '../../../../src/carriers/sip/user-agent/saved-leg.ts';
import { connect } from './raw-calls.ts';
import { RawPhone } from './raw-phone.ts';
import { listen, prepare, startAgent } from './stack-setup.ts';

const host = (phone: RawPhone) => phone.uri.replace(/^.*@/, '');

for (const [what, address, wanted] of [
  ['sips:', (phone: RawPhone) => `sips:anna@${host(phone)}`, 'tls'],
  ['transport=tls', (phone: RawPhone) => `sip:anna@${host(phone)};transport=tls`, 'tls'],
  ['transport=tcp', (phone: RawPhone) => `sip:anna@${host(phone)};transport=TCP`, 'tcp'],
] as const) {
  test(`an address with ${what} is not called over UDP`, async () => {
    const [agent, phone] = [await startAgent(), await RawPhone.start()];
    await assert.rejects(prepare(agent, address(phone)).leg.call(), {
      code: 503,
      local: true,
      reason: `${host(phone)} is to be called over ${wanted} (sips: or transport=), but SIP_LISTEN is udp:`,
    });
    assert.deepEqual(agent.told.failures, ['unreachable']);
    assert.deepEqual(agent.told.messages, []);
  });
}

test('through a proxy an address that is to be called over TLS is not called over UDP, another is', async () => {
  const proxy = await RawPhone.start();
  const agent = await startAgent({ proxy: `sip:${host(proxy)};transport=udp` });
  for (const to of ['sips:anna@pbx.test', 'sip:anna@pbx.test;transport=tls']) {
    await assert.rejects(prepare(agent, to).leg.call(), {
      code: 503,
      local: true,
      reason: /^pbx\.test .* tls /,
    });
  }
  assert.deepEqual(agent.told.messages, []);
  for (const to of ['sip:anna@pbx.test;transport=tcp', 'sip:anna;transport=tls@pbx2.test']) {
    const answered = prepare(agent, to).leg.call();
    proxy.respond(await proxy.next('INVITE'), '486 Busy Here');
    await assert.rejects(answered, { code: 486 });
  }
});

test('a phone that has answered is told the end, whatever transport it speaks of', async () => {
  const { agent, phone, leg } = await connect();
  const saved = { ...(leg.saved as SavedDialog), remoteTarget: `${phone.uri};transport=tcp` };
  const other = await startAgent();
  const ended = listen((events) => other.adoptLeg(saved, events)).leg.hangUp();
  phone.respond(await phone.next('BYE'), '200 OK');
  await ended;
  await agent.close();
});
