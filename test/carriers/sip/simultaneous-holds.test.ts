import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setT1 } from '@clicktocall/sip';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { bodyOf, field, PHONE_SDP, type RawPhone } from '../../peers/raw-phone.ts';
import { connectPhones, startRawStage } from './raw-stage.ts';

const T1 = 40;

const app = await startApp();
const stage = await startRawStage(app);
setT1(T1); // for the whole process
const { caller, callee } = stage;

const inDirection = (direction: string) => `${PHONE_SDP}a=${direction}\r\n`;
const directionOf = (raw: string) => /^a=(send\w+|recvonly|inactive)/m.exec(bodyOf(raw))?.[1] ?? 'sendrecv';
const ANSWERS: Readonly<Record<string, string>> = { sendonly: 'recvonly', sendrecv: 'sendrecv' };

/** A phone as RFC 3261 section 14 has it: it refuses a re-INVITE while its own is in progress, and repeats its own after 491. */
function obey(phone: RawPhone, invite: string) {
  let offering = false;
  let at = phone.received.length;
  /** The directions of the other phone's offers that it accepted. */
  const accepted: string[] = [];
  const refused: number[] = [];

  const timer = setInterval(() => {
    for (; at < phone.received.length; at++) {
      const raw = phone.received[at] ?? '';
      if (!raw.startsWith('INVITE')) continue;
      if (offering) phone.respond(raw, '491 Request Pending');
      else {
        accepted.push(directionOf(raw));
        phone.respond(raw, '200 OK', { sdp: inDirection(ANSWERS[directionOf(raw)] ?? 'inactive') });
      }
    }
  }, 1);

  async function offer(direction: string): Promise<string> {
    for (;;) {
      offering = true;
      const cseq = field(phone.request('INVITE', invite, { sdp: inDirection(direction) }), 'CSeq');
      const response = await until('a final response', () =>
        phone.received.find((raw) => /^SIP\/2\.0 [2-6]/.test(raw) && field(raw, 'CSeq') === cseq),
      );
      offering = false;
      if (response.startsWith('SIP/2.0 200')) {
        phone.request('ACK', invite);
        return directionOf(response);
      }
      assert.match(response, /^SIP\/2\.0 491 /);
      refused.push(Number.parseInt(cseq, 10));
      await sleep(Math.random() * 4 * T1); // RFC 3261 section 14.1
    }
  }

  return { offer, accepted, refused, stop: () => clearInterval(timer) };
}

test('phones that hold, and then resume, at the same time: each gets the other’s offer, and an answer to its own', async (context) => {
  const { first, invite } = await connectPhones(stage);
  const phones = [obey(caller, first), obey(callee, invite)] as const;
  context.after(() => {
    for (const phone of phones) phone.stop();
  });
  for (const [direction, answer] of Object.entries(ANSWERS)) {
    const answers = await Promise.all(phones.map((phone) => phone.offer(direction)));
    assert.deepEqual(answers, [answer, answer]);
  }
  for (const { accepted } of phones) assert.deepEqual(accepted, ['sendonly', 'sendrecv']);
  assert.ok(
    phones.some(({ refused }) => refused.length > 0),
    'their offers met',
  );
  assert.equal(stage.reported.at(-1), 'connected');
});
