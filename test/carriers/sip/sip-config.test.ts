import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loopbackPeer } from '../../../src/carriers/sip/sip-config.ts';
import { readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/platform/configuration/variable.ts';

for (const [SIP_LISTEN, address, required] of [
  [undefined, 'sip:pbx.example;transport=tcp', 'tcp'],
  ['udp:192.0.2.1:5060', 'sip:pbx.example;lr;transport=TLS', 'tls'],
  ['udp:192.0.2.1:5060', 'sips:pbx.example', 'tls'],
  ['tcp:192.0.2.1:5060', 'sips:pbx.example;transport=tcp', 'tls'],
  ['tcp:192.0.2.1:5060', 'sip:pbx.example;transport=udp', 'udp'],
] as const) {
  test(`${address} contradicts SIP_LISTEN=${SIP_LISTEN ?? ''}`, () => {
    for (const env of [
      { SIP_PROXY: address },
      { SIP_PROXY: 'sip:pbx.example', SIP_REGISTRAR: address, SIP_USERNAME: 'x', SIP_PASSWORD: 'y' },
    ]) {
      assert.throws(
        () => readConfig({ CARRIER: 'sip', SIP_LISTEN, ...env }),
        (error: unknown) =>
          error instanceof ConfigError && error.message.startsWith(`SIP_LISTEN: must be ${required}:`),
      );
    }
  });
}

test('a proxy may name the transport that SIP_LISTEN uses', () => {
  const SIP_PROXY = 'sip:pbx.example;transport=tcp';
  const config = readConfig({ CARRIER: 'sip', SIP_LISTEN: 'tcp:192.0.2.1:5060', SIP_PROXY });
  assert.equal(config.sip?.proxy, SIP_PROXY);
});

for (const [SIP_PROXY, host] of [
  ['sip:office@pbx.example', 'pbx.example'],
  ['sip:office;x=y@pbx.example:5070;lr', 'pbx.example:5070'],
  ['sip:[2001:db8::1]:5070;lr', '[2001:db8::1]:5070'],
] as const) {
  test(`${SIP_PROXY}: numbers are called at its host`, () => {
    const { sip } = readConfig({ CARRIER: 'sip', SIP_PROXY });
    assert.equal(sip?.callerAddress, `sip:{number}@${host}`);
    assert.equal(sip?.calleeAddress, `sip:{number}@${host}`);
  });
}

for (const [peerHost, address, env] of [
  ['pbx.example', '127.0.0.1', { SIP_PROXY: 'sip:pbx.example' }],
  ['192.0.2.1:5070', '127.0.0.1', { SIP_PROXY: 'sip:office@192.0.2.1:5070;lr' }],
  ['pbx.example', '[::1]', { SIP_PROXY: 'sip:pbx.example', SIP_LISTEN: 'udp:[::1]:5060' }],
  ['pbx.example', 'localhost', { SIP_PROXY: 'sip:pbx.example', SIP_ADVERTISE: 'localhost:5060' }],
] as const) {
  test(`${peerHost} cannot reach this node at ${address}`, () => {
    const { sip } = readConfig({ CARRIER: 'sip', ...env });
    assert.deepEqual(sip && loopbackPeer(sip), { peerHost, address });
  });
}

for (const env of [
  { SIP_PROXY: 'sip:127.0.0.1:5070' },
  { SIP_PROXY: 'sip:pbx.localhost' },
  { SIP_PROXY: 'sip:[::1]:5070', SIP_LISTEN: 'udp:[::1]:5060' },
  { SIP_PROXY: 'sip:pbx.example', SIP_ADVERTISE: '192.0.2.20' },
  { SIP_CALLER_ADDRESS: 'sip:{number}@phones.example', SIP_CALLEE_ADDRESS: 'sip:{number}@trunk.example' },
]) {
  test(`every peer can reach this node with ${JSON.stringify(env)}`, () => {
    const { sip } = readConfig({ CARRIER: 'sip', ...env });
    assert.ok(sip);
    assert.equal(loopbackPeer(sip), undefined);
  });
}
