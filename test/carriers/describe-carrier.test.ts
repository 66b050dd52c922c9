import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeCarrier } from '../../src/carriers/describe-carrier.ts';
import { readConfig } from '../../src/config/config.ts';

for (const [env, words] of [
  [{}, 'session: no phone rings (set CARRIER to make calls)'],
  [{ CARRIER: 'simulator' }, 'simulator: no phone rings'],
  [
    { CARRIER: 'sip', SIP_PROXY: 'sip:pbx.example.com' },
    'sip, udp:127.0.0.1:5060, through sip:pbx.example.com',
  ],
  [
    { CARRIER: 'sip', SIP_LISTEN: 'tcp:[::1]:0', SIP_PROXY: 'sip:me:secret@pbx.example.com;transport=tcp' },
    'sip, tcp:[::1]:any port, through sip:pbx.example.com;transport=tcp',
  ],
  [
    {
      CARRIER: 'sip',
      SIP_CALLER_ADDRESS: 'sip:{name}@pbx.example.com',
      SIP_CALLEE_ADDRESS: 'sip:{number}@pbx.example.com',
    },
    'sip, udp:127.0.0.1:5060, directly to each address',
  ],
  [
    { CARRIER: 'ari', ARI_USERNAME: 'me', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}' },
    'ari at http://127.0.0.1:8088/ari',
  ],
] as const) {
  test(`describes the carrier: ${words}`, () => {
    assert.equal(describeCarrier(readConfig(env)), words);
  });
}
