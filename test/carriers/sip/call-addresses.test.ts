import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CarriedCall } from '../../../src/carriers/carrier.ts';
import { calleeAddress, callerAddress } from '../../../src/carriers/sip/call-addresses.ts';
import { readConfig } from '../../../src/config/config.ts';

const TEMPLATES = {
  callerAddress: 'sip:{digits}@pbx.example',
  calleeAddress: 'sip:{number}@trunk.example',
  calleeId: 'sip:{number}@trunk.example',
  callerId: 'sip:{number}@us.example',
  assertedIdentity: undefined,
};
const CALL: CarriedCall = {
  ...{ id: 'call', userName: 'anna', sipAddress: null, carrier: 'sip', state: 'initiating' },
  ...{ caller: '+447700900000', callee: '+442079460000' },
  ...{ ringTimeout: 60, timeLimit: 3600, recordingEnabled: false },
};

test('the caller’s phone has the address of the template, and shows the callee', () => {
  assert.deepEqual(callerAddress(CALL, TEMPLATES), {
    to: 'sip:447700900000@pbx.example',
    from: { uri: 'sip:+442079460000@trunk.example', displayName: '+442079460000' },
    headers: [],
  });
});

test('From may be an own number for a trunk that checks it, and the phone still shows the callee', () => {
  assert.deepEqual(callerAddress(CALL, { ...TEMPLATES, calleeId: 'sip:447700900999@us.example' })?.from, {
    uri: 'sip:447700900999@us.example',
    displayName: '+442079460000',
  });
});

test('From on the caller’s leg is the dialled address, unless SIP_CALLEE_ID says otherwise', () => {
  const env = { CARRIER: 'sip', SIP_PROXY: 'sip:pbx.example' };
  assert.equal(readConfig(env).sip?.calleeId, 'sip:{number}@pbx.example');
  const SIP_CALLEE_ID = 'sip:447700900999@us.example';
  assert.equal(readConfig({ ...env, SIP_CALLEE_ID }).sip?.calleeId, SIP_CALLEE_ID);
});

test('the user’s own address has priority over the template', () => {
  const sipAddress = 'sip:anna@home.example';
  assert.equal(callerAddress({ ...CALL, sipAddress }, TEMPLATES)?.to, sipAddress);
  assert.equal(callerAddress({ ...CALL, sipAddress, caller: null }, TEMPLATES)?.to, sipAddress);
});

test('a user with neither number nor address has no phone, unless the template needs only the name', () => {
  assert.equal(callerAddress({ ...CALL, caller: null }, TEMPLATES), undefined);
  const byName = { ...TEMPLATES, callerAddress: 'sip:{name}@pbx.example' };
  assert.equal(callerAddress({ ...CALL, caller: null }, byName)?.to, 'sip:anna@pbx.example');
});

test('the callee sees the caller’s number, which P-Asserted-Identity can contain, too', () => {
  const assertedIdentity = 'sip:{number}@us.example;user=phone';
  assert.deepEqual(calleeAddress(CALL, { ...TEMPLATES, assertedIdentity }), {
    to: 'sip:+442079460000@trunk.example',
    from: { uri: 'sip:+447700900000@us.example' },
    headers: ['P-Asserted-Identity: <sip:+447700900000@us.example;user=phone>'],
  });
});

test('a caller without a number is anonymous', () => {
  const assertedIdentity = 'sip:{number}@us.example';
  const address = calleeAddress({ ...CALL, caller: null }, { ...TEMPLATES, assertedIdentity });
  assert.deepEqual(address?.from, { uri: 'sip:anonymous@anonymous.invalid', displayName: 'Anonymous' });
  assert.deepEqual(address?.headers, []);
});

test('only a number in E.164 form is dialled', () => {
  for (const callee of [
    '',
    '442079460000',
    '+44@evil.example',
    '+44;x=y',
    '+4420\r\nX: y',
    '+0',
    '*21#',
    '+44207 9460000',
  ]) {
    assert.equal(calleeAddress({ ...CALL, callee }, TEMPLATES), undefined, callee);
    assert.equal(callerAddress({ ...CALL, caller: callee }, TEMPLATES), undefined, callee);
    const calleeId = 'sip:447700900999@us.example';
    assert.equal(callerAddress({ ...CALL, callee }, { ...TEMPLATES, calleeId }), undefined, callee);
  }
});
