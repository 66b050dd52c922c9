import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readByGrammar, readPlainly } from '../../../../src/carriers/sip/user-agent/plain-grammar.ts';

for (const [rule, text] of [
  ['CSeq', '4711 INVITE'],
  ['Call_ID', 'a84b4c76e66710@pc33.atlanta.com'],
  ['Call_ID', 'a84b4c76e66710'],
  ['Content_Length', '349'],
  ['Max_Forwards', '70'],
  ['Content_Type', 'application/sdp'],
  ['Request_Response', 'SIP/2.0 200 OK'],
  ['Request_Response', 'SIP/2.0 486 Busy Here'],
  ['Via', 'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK87asdks7;rport=5062;received=192.0.2.1'],
  ['Via', 'SIP/2.0/TCP 127.0.0.1:5060;rport;branch=z9hG4bK87asdks7'],
  ['Via', 'SIP/2.0/TLS 127.0.0.1:5060;received=192.0.2.1;branch=z9hG4bK87asdks7'],
  ['SIP_URI', 'sip:+12025550100@pbx.example.com:5070;transport=tcp'],
  ['SIP_URI', 'sip:alice@127.0.0.1'],
  ['From', '<sip:alice@127.0.0.1:5060>;tag=88sja8x'],
  ['To', '<sip:alice@127.0.0.1>'],
  ['Contact', '<sip:alice-0x55e2@127.0.0.1:5060;transport=tls>'],
] as const) {
  test(`${rule} is read as the grammar reads it: ${text}`, () => {
    const plain = readPlainly(text, rule);
    assert.notEqual(plain, undefined);
    assert.deepEqual(plain, readByGrammar(text, rule));
  });
}

for (const [rule, text] of [
  ['CSeq', '4711  INVITE'],
  ['CSeq', '99999999999 INVITE'],
  ['Content_Type', 'multipart/mixed;boundary=x'],
  ['Request_Response', 'INVITE sip:bob@biloxi.com SIP/2.0'],
  ['Request_Response', 'SIP/2.0 200 \r\nEvil: 1'],
  ['Via', 'SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds'],
  ['Contact', '<sip:a@b>, <sip:c@d>'],
  ['From', '"Alice" <sip:alice@127.0.0.1>;tag=1'],
  ['SIP_URI', 'sips:alice@127.0.0.1'],
  ['SIP_URI', 'sip:a%41@127.0.0.1'],
  ['SIP_URI', 'sip:alice@Example.com'],
] as const) {
  test(`${rule} is left to the grammar: ${JSON.stringify(text)}`, () => {
    assert.equal(readPlainly(text, rule), undefined);
  });
}
