import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { bodyOf, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { EarlyMedia } from '../src/user-agent/leg.ts';
import { SessionTimer } from '../src/user-agent/session-timer.ts';
import { Core } from '../vendor/sip.js/index.js';
import { connect, T1 } from './raw-calls.ts';
import { CALLER, OFFER, observe, startAgent } from './test-agent.ts';

const BUG = new TypeError('a bug');
const fail = () => {
  throw BUG;
};

test('after an UPDATE that could not be sent, the next one is sent, with the description that the phone does not have', async (t) => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const early = Promise.withResolvers<EarlyMedia>();
  const { leg } = observe((events) =>
    agent.prepareLeg(
      { to: phone.uri, from: CALLER, offer: OFFER, headers: [] },
      { ...events, earlyMedia: early.resolve },
    ),
  );
  leg.call().catch(() => {});
  const invite = await phone.next('INVITE');
  const headers = ['Require: 100rel', 'RSeq: 1', 'Allow: INVITE, ACK, BYE, CANCEL, PRACK, UPDATE'];
  phone.respond(invite, '183 Session Progress', { sdp: PHONE_SDP, headers });
  phone.respond(await phone.next('PRACK'), '200 OK');
  const { update } = await early.promise;
  const broken = t.mock.method(Core.SessionDialog.prototype, 'createOutgoingRequestMessage', fail);
  await assert.rejects(update(PHONE_SDP), BUG);
  broken.mock.restore();
  const answer = update(PHONE_SDP);
  const sent = await phone.next('UPDATE');
  const versions = [invite, sent].map((raw) => Number(/^o=\S+ \S+ (\d+)/m.exec(bodyOf(raw))?.[1]));
  assert.deepEqual(versions, [1, 3], 'each description has a version of its own');
  phone.respond(sent, '200 OK', { sdp: PHONE_SDP });
  assert.equal(await answer, PHONE_SDP);
});

for (const [what, breakIn] of [
  ['sip.js', (t: TestContext) => t.mock.method(Core.SessionDialog.prototype, 'bye', fail)],
  ['the leg', (t: TestContext) => t.mock.method(SessionTimer.prototype, 'stop', fail)],
] as const) {
  test(`a BYE that cannot be sent because of a bug in ${what} is not confirmed, and the error is logged with its stack`, async (t) => {
    const { agent, leg } = await connect();
    breakIn(t);
    assert.equal(await leg.hangUp(), false);
    assert.deepEqual(agent.recorded.errors, [{ err: BUG }]);
  });
}

test('a phone that is gone is not forgotten if the BYE to it could not be sent', async (t) => {
  const { agent, phone, leg, invite, reInvites, ended } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  const accepted = (await until('a re-INVITE', () => reInvites[0])).accept(OFFER);
  t.mock.method(SessionTimer.prototype, 'stop', fail);
  await accepted; // the phone never acknowledges
  await until('its end', () => ended.length === 1);
  assert.equal(await leg.hangUp(), false);
  assert.deepEqual(agent.recorded.errors, [{ err: BUG }]);
});
