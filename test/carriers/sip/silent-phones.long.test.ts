import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setT1 } from '@clicktocall/sip';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { bodyOf, field, PHONE_SDP, type RawPhone } from '../../peers/raw-phone.ts';
import { connectPhones, startRawStage } from './raw-stage.ts';

/** A transaction times out after 2.6 s. */
const T1 = 40;
const MOVED = PHONE_SDP.replace('4000', '4242');
const AGAIN = PHONE_SDP.replace('4000', '4343');
const KEY = 'Signal=5\r\nDuration=160\r\n';

const app = await startApp();
/** One for each test. A carrier that starts sets T1, which applies to the whole process. */
const stages = await Promise.all(Array.from({ length: 7 }, () => startRawStage(app)));
setT1(T1);

/** Two connected phones. */
async function talk() {
  const stage = stages.pop();
  assert.ok(stage);
  return { ...stage, ...(await connectPhones(stage)) };
}

/** The final response to the phone's last INVITE. */
const refusal = (phone: RawPhone) =>
  until('a final response', () =>
    phone.received.find((raw) => /^SIP\/2\.0 [2-6]/.test(raw) && /CSeq: \d+ INVITE/.test(raw)),
  );

/** Sends a re-INVITE, and again at intervals for as long as it gets 491 (RFC 3261 section 14.1), until the other phone gets it. */
async function insist(phone: RawPhone, other: RawPhone, invite: string): Promise<void> {
  const arrived = () => other.received.some((raw) => bodyOf(raw).includes('m=audio 4343 '));
  while (!arrived()) {
    const cseq = field(phone.request('INVITE', invite, { sdp: AGAIN }), 'CSeq');
    const pending = () =>
      phone.received.some((raw) => raw.startsWith('SIP/2.0 491') && field(raw, 'CSeq') === cseq);
    await until('it is passed on, or refused', () => arrived() || pending());
    if (!arrived()) await sleep(4 * T1);
  }
}

suite('a re-INVITE that the other phone does not answer', { concurrency: true }, () => {
  test('is refused in time, and the call ends if that phone does not answer a probe either', async () => {
    const { caller, callee, first, reported, endings } = await talk();
    const asked = performance.now();
    caller.request('INVITE', first, { sdp: MOVED });
    await callee.next('INVITE');
    assert.match(await refusal(caller), /^SIP\/2\.0 504 /);
    assert.ok(performance.now() - asked < 64 * T1, 'before its own timeout');
    await callee.next('OPTIONS');
    caller.respond(await caller.next('BYE'), '200 OK');
    assert.equal(reported.at(-1), 'disconnected: networkFailure');
    assert.equal(endings.at(-1)?.cause?.leg, 'callee');
  });

  test('is refused in time, and the call continues if that phone answers a probe', async () => {
    const { caller, callee, first, reported } = await talk();
    caller.request('INVITE', first, { sdp: MOVED });
    await callee.next('INVITE');
    callee.respond(await callee.next('OPTIONS'), '200 OK');
    assert.match(await refusal(caller), /^SIP\/2\.0 504 /);
    await insist(caller, callee, first);
    assert.equal(reported.at(-1), 'connected');
    caller.request('BYE', first);
    callee.respond(await callee.next('BYE'), '200 OK');
  });

  test('is taken back from that phone if it answers late', async () => {
    const { caller, callee, first } = await talk();
    caller.request('INVITE', first, { sdp: MOVED });
    const offered = await callee.next('INVITE');
    assert.match(bodyOf(offered), /m=audio 4242 /);
    await refusal(caller);
    callee.respond(await callee.next('OPTIONS'), '200 OK');
    callee.respond(offered, '200 OK', { sdp: PHONE_SDP });
    await callee.next('ACK');
    const again = await callee.next('INVITE');
    assert.match(bodyOf(again), /m=audio 4000 /);
    callee.respond(again, '200 OK', { sdp: PHONE_SDP });
    await callee.next('ACK');
    caller.request('BYE', first);
    callee.respond(await callee.next('BYE'), '200 OK');
  });
});

/** An INFO with a body. */
function press(phone: RawPhone, invite: string, type: string): void {
  const info = phone.request('OPTIONS', invite);
  phone.send(
    info
      .replaceAll('OPTIONS', 'INFO')
      .replace('z9hG4bK', 'z9hG4bKinfo')
      .replace(/CSeq: \d+/, 'CSeq: 40')
      .replace(
        /Content-Length: 0\r\n\r\n/,
        `Content-Type: ${type}\r\nContent-Length: ${KEY.length}\r\n\r\n${KEY}`,
      ),
  );
}

const infoResponse = (phone: RawPhone) =>
  until('a response', () =>
    phone.received.find((raw) => raw.startsWith('SIP/2.0') && field(raw, 'CSeq') === '40 INFO'),
  );

suite('pressed keys in INFO', { concurrency: true }, () => {
  for (const [response, expected] of [
    ['200 OK', 200],
    ['415 Unsupported Media Type', 415],
    ['481 Call/Transaction Does Not Exist', 480],
  ] as const) {
    test(`are passed to the other phone; its ${response} is answered with ${expected}`, async () => {
      const { caller, callee, invite } = await talk();
      press(callee, invite, 'application/dtmf-relay');
      const info = await caller.next('INFO');
      assert.deepEqual([field(info, 'Content-Type'), bodyOf(info)], ['application/dtmf-relay', KEY]);
      caller.respond(info, response);
      assert.match(await infoResponse(callee), new RegExp(`^SIP/2\\.0 ${expected} `));
    });
  }

  test('are the only information that is passed', async () => {
    const { caller, callee, invite } = await talk();
    press(callee, invite, 'application/media_control+xml');
    assert.match(await infoResponse(callee), /^SIP\/2\.0 200 /);
    assert.equal(
      caller.received.some((raw) => raw.startsWith('INFO')),
      false,
    );
  });
});
