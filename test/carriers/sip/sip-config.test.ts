import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../../src/config/config.ts';
import { ConfigError } from '../../../src/platform/configuration/variable.ts';

for (const [SIP_LISTEN, address, wanted] of [
  [undefined, 'sip:pbx.example;transport=tcp', 'tcp'],
  ['udp:192.0.2.1:5060', 'sip:pbx.example;lr;transport=TLS', 'tls'],
  ['udp:192.0.2.1:5060', 'sips:pbx.example', 'tls'],
  ['tcp:192.0.2.1:5060', 'sips:pbx.example;transport=tcp', 'tls'],
  ['tcp:192.0.2.1:5060', 'sip:pbx.example;transport=udp', 'udp'],
] as const) {
  test(`${address} cannot be reached with SIP_LISTEN=${SIP_LISTEN ?? ''}, and the server says so`, () => {
    for (const env of [
      { SIP_PROXY: address },
      { SIP_PROXY: 'sip:pbx.example', SIP_REGISTRAR: address, SIP_USERNAME: 'x', SIP_PASSWORD: 'y' },
    ]) {
      assert.throws(
        () => readConfig({ CARRIER: 'sip', SIP_LISTEN, ...env }),
        (error: unknown) =>
          error instanceof ConfigError && error.message.startsWith(`SIP_LISTEN: must be ${wanted}:`),
      );
    }
  });
}

test('a proxy may say over which transport it is called', () => {
  const SIP_PROXY = 'sip:pbx.example;transport=tcp';
  const config = readConfig({ CARRIER: 'sip', SIP_LISTEN: 'tcp:192.0.2.1:5060', SIP_PROXY });
  assert.equal(config.sip?.proxy, SIP_PROXY);
});

for (const [SIP_PROXY, host] of [
  ['sip:office@pbx.example', 'pbx.example'],
  ['sip:office;x=y@pbx.example:5070;lr', 'pbx.example:5070'],
  ['sip:[2001:db8::1]:5070;lr', '[2001:db8::1]:5070'],
] as const) {
  test(`numbers are called at the host of ${SIP_PROXY}`, () => {
    const { sip } = readConfig({ CARRIER: 'sip', SIP_PROXY });
    assert.equal(sip?.callerAddress, `sip:{number}@${host}`);
    assert.equal(sip?.calleeAddress, `sip:{number}@${host}`);
  });
}
