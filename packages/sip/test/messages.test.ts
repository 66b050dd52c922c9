import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTruncated, methodLabel, redact, summarize } from '../src/transport/message-text.ts';
import { nextHopOf, responseHopOf, stampVia } from '../src/transport/next-hop.ts';
import { MAX_MESSAGE_LENGTH, StreamFramer } from '../src/transport/stream-framer.ts';

const invite = (lines: readonly string[] = [], to = 'sip:bob@192.0.2.7', body = '') =>
  [
    `INVITE ${to} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport',
    ...lines,
    ...['From: <sip:a@b>;tag=1', 'To: <sip:c@d>', 'Call-ID: e', 'CSeq: 1 INVITE'],
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');

function framed(chunks: readonly (Buffer | string)[]) {
  const seen: string[] = [];
  let pings = 0;
  const framer = new StreamFramer({ message: (raw) => seen.push(raw), ping: () => pings++ });
  for (const chunk of chunks) framer.push(Buffer.from(chunk));
  return { seen, pings };
}

test('a stream is cut into messages by their length in bytes, whatever its chunks', () => {
  const [first, second] = [invite([], undefined, 's=Grüße'), invite(['Subject: x'])];
  const bytes = Buffer.from(first + second);
  for (const size of [1, 7, bytes.length]) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    assert.deepEqual(framed(chunks).seen, [first, second]);
  }
});

test('a double CRLF between messages is a ping, a single one is not', () => {
  assert.deepEqual(framed(['\r\n', '\r\n']), { seen: [], pings: 1 });
  assert.deepEqual(framed(['\r\n', invite(), '\r\n']), { seen: [invite()], pings: 0 });
});

for (const [what, text] of [
  ['never ends', 'X'.repeat(MAX_MESSAGE_LENGTH + 1)],
  ['is too long', invite().replace('Content-Length: 0', `Content-Length: ${MAX_MESSAGE_LENGTH}`)],
  ['has a length that is not a number', invite().replace('Content-Length: 0', 'Content-Length: 1x')],
] as const) {
  test(`a message that ${what} breaks the stream`, () => {
    assert.throws(() => framed([text]), /^Error: (a message|Content-Length)/);
  });
}

for (const [raw, hop] of [
  [invite(), { host: '192.0.2.7', port: undefined }],
  [invite([], 'sip:bob@pbx.test:5080;transport=tcp'), { host: 'pbx.test', port: 5080 }],
  [invite([], 'sips:pbx.test'), { host: 'pbx.test', port: undefined }],
  [invite([], 'sip:bob@[2001:db8::7]:5060'), { host: '2001:db8::7', port: 5060 }],
  [invite(['Route: <sip:proxy.test;lr>, <sip:other.test;lr>']), { host: 'proxy.test', port: undefined }],
  [invite(['Route:\r\n <sip:proxy.test:5062;lr>']), { host: 'proxy.test', port: 5062 }],
] as const) {
  test(`the next hop is ${hop.host}:${hop.port ?? ''}`, () => assert.deepEqual(nextHopOf(raw), hop));
}

for (const to of ['tel:+12025550100', 'sip:bob@h:99999', 'urn:x']) {
  test(`${to} is not a SIP host`, () => assert.throws(() => nextHopOf(invite([], to)), /names a SIP host/));
}

test('a response goes to where its request came from, on the port that Via wants', () => {
  const via = (text: string) =>
    stampVia(invite().replace(/Via: .*/, `Via: SIP/2.0/UDP ${text}`), '198.51.100.9', 4444, false);
  assert.deepEqual(responseHopOf(via('10.0.0.1:5070;branch=b;rport')), { host: '198.51.100.9', port: 4444 });
  assert.deepEqual(responseHopOf(via('10.0.0.1:5070;branch=b')), { host: '198.51.100.9', port: 5070 });
  assert.deepEqual(responseHopOf(via('pbx.test;received=6.6.6.6;branch=b')), {
    host: '198.51.100.9',
    port: undefined,
  });
  assert.deepEqual(responseHopOf(via('pbx.test;branch=b, SIP/2.0/UDP 203.0.113.1;rport=1')), {
    host: '198.51.100.9',
    port: undefined,
  });
});

test('an incomplete message is recognized', () => {
  for (const line of ['Via', 'From', 'To', 'Call-ID', 'CSeq']) {
    assert.equal(summarize(invite().replace(new RegExp(`\\r\\n${line}: .*`), '')), undefined, line);
  }
  assert.equal(summarize(invite().replace('1 INVITE', '1 BYE')), undefined);
  assert.equal(summarize('GET / HTTP/1.1\r\n\r\n'), undefined);
  assert.deepEqual(summarize(invite())?.method, 'INVITE');
  assert.ok(isTruncated(invite([], undefined, 'abc').slice(0, -1)));
  assert.ok(!isTruncated(invite([], undefined, 'abc')));
});

test('no peer can invent a label', () => {
  assert.deepEqual(['INVITE', 'EVIL'].map(methodLabel), ['INVITE', 'other']);
});

test('credentials and keys are redacted, and nothing else', () => {
  const secret = [
    'Authorization: Digest username="ann", response="0123456789abcdef"',
    'proxy-authorization : Digest username="ann",\r\n response="0123456789abcdef"',
  ];
  const raw = invite(
    secret,
    undefined,
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:0123456789abcdef\r\nk=clear:0123456789abcdef\r\nm=audio',
  );
  const logged = redact(raw);
  assert.ok(!logged.includes('0123456789abcdef'), logged);
  assert.match(
    logged,
    /^Authorization: Digest \[redacted\]\r\nproxy-authorization : Digest \[redacted\]\r\nFrom: /m,
  );
  assert.match(logged, /^a=crypto:1 AES_CM_128_HMAC_SHA1_80 \[redacted\]\r\nk=\[redacted\]\r\nm=audio$/m);
});
