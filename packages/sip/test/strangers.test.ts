import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, RawPhone } from '../../../test/peers/raw-phone.ts';
import { Core } from '../vendor/sip.js/index.js';
import { connect, ringUp } from './raw-calls.ts';
import { startAgent } from './test-agent.ts';

let parsed = 0;
const { parseMessage } = Core.Parser;
Core.Parser.parseMessage = (...message) => {
  parsed++;
  return parseMessage(...message);
};

const CONTACTS = `Contact: ${'<sip:x@192.0.2.9>, '.repeat(200)}<sip:y@192.0.2.9>`;

interface Words {
  readonly cseq?: string;
  readonly to?: string;
  readonly callId?: string;
  readonly branch?: string;
}

function message(stranger: RawPhone, start: string, words: Words = {}): string {
  const { cseq = start.split(' ')[0], to = '<sip:c@d>', callId = 'e', branch = 'z9hG4bKs' } = words;
  return [
    `${start}${start.startsWith('SIP') ? '' : ' sip:clicktocall@127.0.0.1 SIP/2.0'}`,
    `Via: SIP/2.0/UDP ${stranger.uri.replace(/^.*@/, '')};branch=${branch}`,
    ...['From: "n;tag=q" <sip:a@b;tag=p>;tag=1', `To: ${to}`, `Call-ID: ${callId}`, `CSeq: 7 ${cseq}`],
    ...[CONTACTS, 'Content-Length: 0', '', ''],
  ].join('\r\n');
}

test('messages of strangers are answered or dropped without being parsed', async () => {
  const { agent, phone, invite, ended } = await connect();
  const [stranger, port] = [await RawPhone.start(), Number(/:(\d+)/.exec(agent.contact.slice(4))?.[1])];
  const ours = field(invite, 'Call-ID');
  parsed = 0;
  const tell = (start: string, words?: Words) => stranger.send(message(stranger, start, words), port);
  tell('SIP/2.0 200 OK', { cseq: 'INVITE', to: '<sip:c@d>;tag=2' });
  tell('SIP/2.0 407 Proxy Authentication Required', { cseq: 'INVITE', callId: ours });
  tell('ACK', { to: '<sip:c@d>;tag=2', callId: ours });
  tell('ACK');
  for (const [method, words, answer] of [
    ['OPTIONS', {}, '200 OK'],
    ['INVITE', {}, '403 Forbidden'],
    ['REGISTER', {}, '405 Method Not Allowed'],
    ['NONSENSE', {}, '405 Method Not Allowed'],
    ['CANCEL', {}, '481 Call/Transaction Does Not Exist'],
    ['BYE', {}, '481 Call/Transaction Does Not Exist'],
    ['BYE', { to: '<sip:c@d>;tag=2', callId: ours }, '481 Call/Transaction Does Not Exist'],
    ['INVITE', { to: '"x" <sip:c@d>;tag=2' }, '481 Call/Transaction Does Not Exist'],
  ] as const) {
    tell(method, words);
    const answered = await stranger.next('SIP/2.0');
    assert.equal(answered.split('\r\n')[0], `SIP/2.0 ${answer}`, method);
    assert.equal(field(answered, 'From'), '"n;tag=q" <sip:a@b;tag=p>;tag=1');
    assert.equal(field(answered, 'CSeq'), `7 ${method}`);
    assert.match(field(answered, 'To'), /^(?:"x" )?<sip:c@d>;tag=(?:2|[0-9a-f]{16})$/);
    assert.equal(/^Allow: .*INVITE/m.test(answered), answer.startsWith('405') || method === 'OPTIONS');
  }
  assert.equal(parsed, 0);
  assert.equal(stranger.received.length, 8);
  phone.request('BYE', invite);
  await phone.next('SIP/2.0 200');
  assert.deepEqual([ended, parsed], [['bye'], 1]);
});

test('a repeated request gets the same answer', async () => {
  const [agent, stranger] = [await startAgent(), await RawPhone.start()];
  const port = Number(/:(\d+)/.exec(agent.contact.slice(4))?.[1]);
  for (let times = 0; times < 2; times++) stranger.send(message(stranger, 'INVITE'), port);
  const first = await stranger.next('SIP/2.0 403');
  assert.equal(await stranger.next('SIP/2.0 403'), first);
});

test('a response to a finished transaction is not parsed', async () => {
  const [agent, phone] = [await startAgent({}, { t1: 5 }), await RawPhone.start()];
  const { answered, invite } = await ringUp(agent, phone);
  phone.respond(invite, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
  await until('the transaction is over', () => agent.status().transactions === 0);
  parsed = 0;
  phone.respond(invite, '200 OK');
  phone.send(message(phone, 'OPTIONS'));
  await phone.next('SIP/2.0 200');
  assert.equal(parsed, 0);
});

test('a message with too many lines is dropped', async () => {
  const { agent, phone, invite } = await connect();
  parsed = 0;
  phone.request('INFO', invite, { headers: Array.from({ length: 100 }, () => 'X: y') });
  await until('counted', () => agent.recorded.failures.includes('malformed'));
  assert.equal(parsed, 0);
});
