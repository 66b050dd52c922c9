import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUsual } from '../src/grammar/usual-fields.ts';
import { Grammar } from '../vendor/sip.js/index.js';

const HEADERS: Readonly<Record<string, readonly string[]>> = {
  SIP_URI: [
    ...['sip:anna@pbx.example', 'sips:+442079460123@PBX.example:5061', 'sip:127.0.0.1:5060;transport=TCP;lr'],
    ...[
      'sip:a%20b@c',
      'sip:a%2525b:%FF@c',
      'sip:a:secret@c',
      'sip:a@[::1]:5060',
      'sip:a@b;lr=on',
      'sip:a@b;ttl=3',
      'sip:a@b?x=y',
    ],
    ...['sip:a@b;user=Phone;Ob;x=Y', 'sip:', 'sip:a@', 'http://a', 'sip:a@b:port', 'sip:a@-b', 'sip:a@b_c'],
  ],
  From: [
    '<sip:a@b>;tag=1',
    '"Anna B" <sip:a@b:5060;lr>;tag=x-1.2',
    'sip:a@b;tag=1',
    'Anna <sip:a@b>;tag=1',
    '<>',
  ],
  To: [
    '<sip:a@b>',
    '"An\\"na" <sip:a@b>;tag=1',
    '<sip:a@b>;x=1;tag=2',
    '"" <sip:a@b>;tag=1',
    '<sip:a@b>;tag=',
  ],
  Contact: ['<sip:a@b:5060;transport=udp>', '<sip:a@b>;expires=60', '*', '<sip:a@b>, <sip:c@d>', 'sip:a@b'],
  Record_Route: ['<sip:127.0.0.1;lr;ftag=abc>', '<sip:a;lr>,<sip:b;lr>', '<sip:a>;x=1', 'sip:a'],
  Via: [
    ...[
      'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1',
      'SIP/2.0/TCP a.b;branch=z9hG4bK1.2;received=10.0.0.1;rport=9',
    ],
    ...[
      'SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1',
      'SIP / 2.0 / UDP a;branch=z9hG4bK1',
      'SIP/2.0/SCTP a',
      'nonsense',
    ],
  ],
  CSeq: ['1 INVITE', '102 BYE', '1  ACK', '1 SUBSCRIBE', 'INVITE', '99999999999 INVITE'],
  Call_ID: ['abc', 'a.b-c@host', '"quoted"@x', 'a b', ''],
  Content_Length: ['0', '0127', '-1', ''],
  Max_Forwards: ['70', '0', 'x'],
  Content_Type: ['application/sdp', 'application/sdp;charset=UTF-8', 'text/plain'],
  Request_Response: [
    ...[
      'SIP/2.0 200 OK',
      'SIP/2.0 486 Busy Here',
      'SIP/2.0 183 ',
      'SIP/2.0 200',
      'SIP/2.0 99 No',
      'SIP/3.0 200 OK',
    ],
    ...[
      'SIP/2.0 404 Not here: “nobody”',
      'BYE sip:a@b:5060 SIP/2.0',
      'INVITE sip:a@b;transport=tcp SIP/2.0',
      'BYE',
    ],
  ],
  Name_Addr_Header: ['<sip:a@b;lr>', '"A" <sip:a@b>'],
};

for (const [rule, texts] of Object.entries(HEADERS)) {
  test(`${rule} is parsed as the grammar parses it`, () => {
    for (const text of texts)
      assert.deepEqual(
        comparable(Grammar.parse(text, rule)),
        comparable(Grammar.parseByGrammar(text, rule)),
        text,
      );
  });
}

/** Fields of most messages of phones and proxies. */
const USUAL: Readonly<Record<string, readonly string[]>> = {
  SIP_URI: ['sip:+442079460123@pbx.example:5061;transport=tcp', 'sip:127.0.0.1:5060;lr'],
  From: ['"Anna B" <sip:a@b:5060;lr>;tag=x-1.2', '<sip:+12025550100@pbx.example>;tag=1'],
  To: ['<sip:a@b>', '<sip:a@b>;tag=as7f1.-2'],
  Contact: ['<sip:a@127.0.0.1:5060;transport=udp>', '<sip:clicktocall@b>'],
  Record_Route: ['<sip:127.0.0.1;lr;ftag=abc>'],
  Via: [
    'SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1',
    'SIP/2.0/TLS a.b;branch=z9hG4bK1.2;received=10.0.0.1;rport=9',
  ],
  CSeq: ['1 INVITE', '102 BYE', '1 ACK'],
  Call_ID: ['a84b4c76e66710', 'a.b-c@pbx.example'],
  Content_Length: ['0', '127'],
  Max_Forwards: ['70'],
  Content_Type: ['application/sdp'],
  Request_Response: ['SIP/2.0 200 OK', 'SIP/2.0 486 Busy Here', 'SIP/2.0 183 Session Progress'],
};

for (const [rule, texts] of Object.entries(USUAL)) {
  test(`the usual form of ${rule} is parsed without the grammar`, () => {
    for (const text of texts) {
      const parsed = parseUsual(text, rule);
      assert.notEqual(parsed, undefined, text);
      assert.deepEqual(comparable(parsed), comparable(Grammar.parseByGrammar(text, rule)), text);
    }
  });
}

/** Without what the grammar leaves in its results, and sip.js never reads. */
function comparable(parsed: unknown): unknown {
  return JSON.parse(
    JSON.stringify(parsed, (key, value) => (['params', 'host_type'].includes(key) ? undefined : value)),
  );
}
