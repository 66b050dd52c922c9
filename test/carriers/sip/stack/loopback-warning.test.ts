import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipConfig } from '../../../../src/carriers/sip/sip-config.ts';
import { startAgent } from './stack-setup.ts';

const IPV6 = { protocol: 'udp', host: '[::1]', port: 0 } as const;
const warned: readonly (readonly [config: Partial<SipConfig>, told: RegExp])[] = [
  [{ proxy: 'sip:pbx.example' }, /^pbx\.example .* 127\.0\.0\.1, .* set SIP_LISTEN or SIP_ADVERTISE /],
  [{ proxy: 'sip:office@192.0.2.1:5070;lr' }, /^192\.0\.2\.1:5070 /],
  [{ proxy: 'sip:pbx.example', listen: IPV6 }, /\[::1\]/],
  [{ proxy: 'sip:pbx.example', advertise: { host: 'localhost', port: 5060 } }, /localhost/],
];

for (const [config, told] of warned) {
  test(`a warning is logged where others are sent to loopback: ${JSON.stringify(config)}`, async () => {
    const agent = await startAgent(config);
    assert.equal(agent.told.warnings.length, 1);
    assert.match(String(agent.told.warnings[0]), told);
  });
}

for (const config of [
  { proxy: 'sip:127.0.0.1:5070' },
  { proxy: 'sip:pbx.localhost' },
  { proxy: 'sip:[::1]:5070', listen: IPV6 },
  { proxy: 'sip:pbx.example', advertise: { host: '192.0.2.20', port: undefined } },
  {},
] as const) {
  test(`no warning is logged for ${JSON.stringify(config)}`, async () => {
    assert.deepEqual((await startAgent(config)).told.warnings, []);
  });
}
