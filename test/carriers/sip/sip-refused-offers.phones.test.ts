import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { until } from '../../harness/until.ts';
import { PHONE_SDP } from '../../peers/raw-phone.ts';
import { startRawStage } from './raw-stage.ts';

const app = await startApp();

for (const [refusal, passed, headers] of [
  ['302 Moved Temporarily', '488', ['Contact: <sip:elsewhere@127.0.0.1:9>']],
  ['401 Unauthorized', '488', ['WWW-Authenticate: Digest realm="phone", nonce="n"']],
  ['407 Proxy Authentication Required', '488', ['Proxy-Authenticate: Digest realm="phone", nonce="n"']],
  ['404 Not Found', '488', []],
  ['500 Server Internal Error', '488', []],
  ['486 Busy Here', '486', []],
  ['488 Not Acceptable Here', '488', []],
  ['603 Decline', '603', []],
  ['606 Not Acceptable', '606', []],
] as const) {
  test(`a re-INVITE that the other phone refuses with ${refusal} gets ${passed}`, async () => {
    const { carrier, caller, callee, reported, insertCall } = await startRawStage(app);
    const call = await insertCall();
    carrier.originate(call);
    const invite = await caller.next('INVITE');
    caller.respond(invite, '200 OK', { sdp: PHONE_SDP });
    callee.respond(await callee.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
    caller.respond(await caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
    await until('they talk', () => caller.received.at(-1)?.startsWith('ACK'));
    caller.request('INVITE', invite, { sdp: PHONE_SDP });
    callee.respond(await callee.next('INVITE'), refusal, { headers });
    assert.match(
      await until('a refusal', () => caller.received.find((raw) => /^SIP\/2.0 [3-6]/.test(raw))),
      new RegExp(`^SIP/2.0 ${passed}`),
    );
    assert.deepEqual(reported, ['callingCaller', 'callingCallee', 'connected'], 'the call continues');
  });
}
