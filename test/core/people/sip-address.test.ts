import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readSipAddress } from '../../../src/core/people/sip-address.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';

suite('a valid SIP address is accepted unchanged', () => {
  for (const address of [
    'sip:anna@pbx.example.com',
    'SIPS:anna@pbx.example.com:5061',
    'sip:+447700900123@pbx.example.com;user=phone;transport=tcp',
    'sip:%C3%A4nna.2*3@10.0.0.7:5070;ob',
    'sip:anna@[2001:db8::1]:5060',
    'sip:pbx',
    `sip:${'a'.repeat(239)}@example.org`,
  ])
    test(address, () => assert.equal(readSipAddress(` ${address} `), address));
});

suite('an invalid SIP address, or one with a password or headers, is refused', () => {
  for (const address of [
    '',
    'anna@pbx.example.com',
    'tel:+447700900123',
    'sip:',
    'sip:anna@',
    'sip:anna:secret@pbx.example.com',
    'sip:anna@pbx.example.com?Replaces=1',
    'sip:anna@pbx.example.com:70000',
    'sip:anna@pbx..example.com',
    'sip:anna@-pbx',
    'sip:anna@[::1',
    'sip:anna@[1:2]',
    'sip:an na@pbx.example.com',
    '"Anna" <sip:anna@pbx.example.com>',
    'sip:anna@pbx.example.com\r\nVia: x',
    'sip:anna@pbx.example.com;a b',
    'sip:%zz@pbx.example.com',
    'sip:{number}@pbx.example.com',
    `sip:${'a'.repeat(240)}@example.org`,
  ])
    test(JSON.stringify(address), () =>
      assert.throws(
        () => readSipAddress(address),
        (error: unknown) => error instanceof InvalidInput,
      ),
    );
});
