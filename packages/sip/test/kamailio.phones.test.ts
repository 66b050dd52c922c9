import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { type Kamailio, startKamailio } from '../../../test/peers/kamailio.ts';
import { passwordOf, SERVER } from '../../../test/peers/kamailio-config.ts';
import { startPhone } from '../../../test/peers/phone.ts';
import { answers } from '../../../test/peers/scenarios.ts';
import { startSipp } from '../../../test/peers/sipp.ts';
import { SEQUENCE_RANGE } from '../src/user-agent/sequence.ts';
import type { UserAgentConfig } from '../src/user-agent/user-agent.ts';
import { prepare, startAgent } from './test-agent.ts';

function configFor(kamailio: Kamailio, protocol: 'udp' | 'tcp' | 'tls'): Partial<UserAgentConfig> {
  const address = protocol === 'tls' ? kamailio.tlsAddress : kamailio.address;
  const { cert, key } = kamailio.certificate;
  return {
    listen: { protocol, host: '127.0.0.1', port: 0 },
    proxy: `sip:${address};transport=${protocol}`,
    registrar: `sip:${address};transport=${protocol}`,
    username: SERVER,
    password: passwordOf(SERVER),
    tls: protocol === 'tls' ? { cert, key, ca: cert } : { cert: undefined, key: undefined, ca: undefined },
  };
}

for (const protocol of ['udp', 'tcp', 'tls'] as const) {
  test(`through a proxy over ${protocol}: registered, challenged, to a registered phone and back`, async () => {
    const kamailio = await startKamailio();
    const agent = await startAgent(configFor(kamailio, protocol));
    await until('registered', () => agent.status().registration === 'registered');
    await until('the registrar refuses too', () => kamailio.registrations(SERVER) === 1);
    const phone = await startPhone({
      name: 'alice',
      registrar: kamailio.address,
      password: passwordOf('alice'),
    });
    const { leg, ended, saved } = prepare(agent, `sip:alice@${kamailio.address}`);
    const before = leg.saved;
    (await leg.call()).ack();
    await phone.until('CALL_ESTABLISHED');
    assert.deepEqual(
      before.phase === 'calling' && before.tries.map(({ cseq }) => cseq),
      [1, 2, 3, 4],
      'INVITEs with credentials are reported before they are sent',
    );
    assert.deepEqual(
      saved.map((each) => each.phase === 'confirmed' && each.cseq),
      [2 + 4 + SEQUENCE_RANGE],
      'the answer is reported, with the numbers that are reserved after that of the INVITE with credentials',
    );
    (await leg.refresh()).ack();
    await phone.hangUp();
    await until('the end', () => ended.length === 1);
    assert.equal(ended[0], 'bye');
  });
}

test('a trunk that challenges with SHA-256, also within the dialog', async () => {
  const trunk = await startSipp(answers());
  const kamailio = await startKamailio({ algorithm: 'SHA-256', trunk: `sip:127.0.0.1:${trunk.port}` });
  const agent = await startAgent(configFor(kamailio, 'udp'));
  await until('registered', () => agent.status().registration === 'registered');
  const { leg } = prepare(agent, 'sip:+12025550101@clicktocall.test');
  (await leg.call()).ack();
  // Kamailio's workers may change the order of messages, which the trunk does not accept.
  await until('it is acknowledged', () => /^ACK /m.test(trunk.messages()));
  await leg.hangUp();
  assert.equal(await trunk.ended, 0);
  assert.match(trunk.messages(), /INVITE sip:\+12025550101@/);
});

test('a wrong password is a refusal, and does not loop', async () => {
  const kamailio = await startKamailio();
  const agent = await startAgent({ ...configFor(kamailio, 'udp'), password: 'wrong-password' });
  const { leg } = prepare(agent, `sip:alice@${kamailio.address}`);
  await assert.rejects(leg.call(), { code: 407, local: false });
  assert.deepEqual(
    await until(
      'refused',
      () => agent.status().registration !== 'registering' && agent.status().registration,
    ),
    {
      failure: '401 Unauthorized',
    },
  );
  const sent = agent.recorded.messages.filter((each) => each === 'sent INVITE');
  assert.equal(sent.length, 2);
  assert.ok(!JSON.stringify(agent.recorded).includes('wrong-password'));
  assert.ok(
    agent.recorded.trace.some(({ message }) => /^Proxy-Authorization: Digest \[redacted\]$/m.test(message)),
  );
});

test('a phone that is not registered cannot be reached', async () => {
  const kamailio = await startKamailio();
  const agent = await startAgent(configFor(kamailio, 'tcp'));
  await assert.rejects(prepare(agent, `sip:nobody@${kamailio.address}`).leg.call(), {
    code: 480,
    local: false,
  });
});

test('a server with an untrusted certificate gets no request', async () => {
  const kamailio = await startKamailio();
  const config = configFor(kamailio, 'tls');
  const agent = await startAgent({
    ...config,
    tls: { cert: config.tls?.cert, key: config.tls?.key, ca: undefined },
  });
  await assert.rejects(prepare(agent, `sip:alice@${kamailio.address}`).leg.call(), {
    code: 503,
    local: true,
    reason: /self-signed/,
  });
});
