import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { OFFER, startAgent } from './test-agent.ts';

test('a session that is too short for the phone is made longer', async () => {
  const [agent, phone] = [await startAgent({ sessionExpires: 90 }, { t1: T1 }), await RawPhone.start()];
  const { answered, invite, leg } = await ringUp(agent, phone);
  phone.respond(invite, '422 Session Interval Too Small', { headers: ['Min-SE: 700'] });
  const longer = await phone.next('INVITE');
  assert.equal(field(longer, 'Session-Expires'), '700;refresher=uac');
  assert.equal(field(longer, 'CSeq'), '2 INVITE');
  phone.respond(longer, '200 OK', {
    sdp: PHONE_SDP,
    headers: ['Session-Expires: 650;refresher=uac', 'Require: timer'],
  });
  (await answered).ack();
  assert.equal(leg.refreshEvery, 325);
});

test('a phone that stops refreshing the session is gone', async () => {
  const { phone, leg, ended } = await connect(['Session-Expires: 1;refresher=uas'], { sessionExpires: 1 });
  assert.equal(leg.refreshEvery, undefined);
  phone.respond(await phone.next('BYE'), '200 OK');
  const [cause] = await until('an end', () => ended.length > 0 && ended);
  assert.ok(cause !== 'bye' && cause?.local);
});

test('a session is not made longer twice', async () => {
  const tooShort = (seconds: number) => ({ headers: [`Min-SE: ${seconds}`] });
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { answered, invite } = await ringUp(agent, phone);
  phone.respond(invite, '422 Session Interval Too Small', tooShort(2000));
  phone.respond(await phone.next('INVITE'), '422 Session Interval Too Small', tooShort(3000));
  await assert.rejects(answered, { code: 422 });

  const connected = await connect();
  const offered = connected.leg.reInvite(OFFER);
  for (const seconds of [2000, 3000])
    connected.phone.respond(await connected.phone.next('INVITE'), '422 Too Small', tooShort(seconds));
  await assert.rejects(offered, { code: 422 });
});

for (const [offered, kept] of [
  [4_294_967, 86_400],
  [999_999_999, 86_400],
  [1, 90],
  [0, 90],
]) {
  test(`a refresh by the phone within ${offered} s is expected within ${kept} s`, async () => {
    const { leg, ended } = await connect([`Session-Expires: ${offered};refresher=uas`]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(leg.saved.phase === 'confirmed' && leg.saved.session, {
      interval: kept,
      refresher: 'phone',
      agreed: true,
    });
    assert.deepEqual(ended, []);
  });
}
