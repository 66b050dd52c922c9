import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import type { SavedDialog } from '../src/user-agent/saved-leg.ts';
import { ringUp, T1 } from './raw-calls.ts';
import { observe, startAgent } from './test-agent.ts';

/** A phone that rings, and answers with this Contact and these headers. */
async function answeredFrom(contact: (phone: RawPhone) => string, ...headers: string[]) {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const call = await ringUp(agent, phone);
  phone.respond(call.invite, '200 OK', { sdp: PHONE_SDP, headers, contact: contact(phone) });
  return { agent, phone, ...call };
}

function portOf(phone: RawPhone): string {
  return phone.uri.split(':')[2] ?? '';
}

for (const user of [
  ...['a%25', 'a%2525', 'a%252525%40', '%FF%00', 'a%3Ab', '+44%3Bphone-context=x', 'a:se%63ret', 'a&=$,/'],
]) {
  test(`a phone whose Contact has the user ${user} gets requests for it, also from another process`, async () => {
    const { agent, phone, answered, leg } = await answeredFrom(
      (at) => `<sip:${user}@127.0.0.1:${portOf(at)}>`,
    );
    const asked = `sip:${user}@127.0.0.1:${portOf(phone)}`;
    (await answered).ack();
    assert.equal((await phone.next('ACK')).split(' ')[1], asked);
    const saved = JSON.parse(JSON.stringify(leg.saved)) as SavedDialog;
    assert.equal(saved.remoteTarget, asked);
    await agent.close();
    const over = (await startAgent({}, { t1: T1 })).releaseLeg(saved);
    const bye = await phone.next('BYE');
    assert.equal(bye.split(' ')[1], asked);
    phone.respond(bye, '200 OK');
    await over;
  });
}

for (const [what, contact, headers] of [
  ['an unreadable Contact', '<sip:evil@[::1>', []],
  ['the Contact *', '*', []],
  ['a tel: URI', '<tel:+12025550100>', []],
  ['a Contact that a database cannot store', '<sip:a\0@127.0.0.1>', []],
  ['a Record-Route that a database cannot store', undefined, ['Record-Route: <sip:127.0.0.1;lr;x=\0>']],
] as const) {
  test(`a phone that answers with ${what} fails, and gets ACK and BYE`, async () => {
    const { agent, phone, answered, leg, ended } = await answeredFrom(
      (at) => contact ?? `<${at.uri}>`,
      ...headers,
    );
    await assert.rejects(answered, { name: 'SipFailure', code: 400, local: true });
    const over = leg.hangUp();
    await phone.next('ACK');
    const bye = await phone.next('BYE');
    assert.equal(field(bye, 'To'), `<${phone.uri}>;tag=phone`);
    phone.respond(bye, '200 OK');
    await over;
    assert.deepEqual(ended, []);
    assert.equal(agent.status().dialogs, 0);
  });
}

test('a saved leg that cannot be read is given up', async () => {
  const { agent, answered, leg } = await answeredFrom((phone) => `<${phone.uri}>`);
  (await answered).ack();
  const saved = { ...(leg.saved as SavedDialog), callId: 'other', remoteTarget: 'sip:a b@127.0.0.1' };
  await agent.releaseLeg(saved);
  await agent.releaseLeg({ ...saved, remoteTarget: 'sip:a@127.0.0.1', remoteUri: 'nobody' });
});

for (const character of ['\0', '\x1b', '\x7f']) {
  const odd = PHONE_SDP.replace('s=-', `s=${character}`);

  test(`a description with ${JSON.stringify(character)} is ignored`, async () => {
    const { agent, phone, answered, leg, invite, reInvites } = await answeredWith(odd);
    const answer = await answered;
    assert.equal(answer.sdp, undefined);
    answer.ack();
    await phone.next('ACK');
    for (const method of ['INVITE', 'UPDATE']) {
      phone.request(method, invite, { sdp: odd });
      assert.match(field(await phone.next('SIP/2.0 488'), 'CSeq'), new RegExp(method));
    }
    assert.deepEqual(reInvites, []);
    const over = leg.hangUp();
    phone.respond(await phone.next('BYE'), '200 OK');
    await over;
    assert.equal(agent.status().dialogs, 0);
  });
}

async function answeredWith(sdp: string) {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const call = await ringUp(agent, phone);
  phone.respond(call.invite, '200 OK', { sdp });
  return { agent, phone, ...call };
}

test('answers to a re-INVITE with another tag do not move the phone', async () => {
  const { agent, phone, answered, leg } = await answeredFrom((at) => `<${at.uri}>`);
  (await answered).ack();
  const saved = JSON.parse(JSON.stringify(leg.saved)) as SavedDialog;
  await agent.close();
  const taker = await startAgent({}, { t1: T1 });
  const next = observe((events) => taker.adoptLeg(saved, events));
  const refreshed = next.leg.refresh();
  const invite = await phone.next('INVITE');
  const other = { contact: '<sip:other@127.0.0.1:9>', sdp: PHONE_SDP };
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await refreshed).ack();
  await phone.next('ACK');
  const forged = invite.replace(/(\r\nTo: [^\r]*;tag=)phone/, '$1other');
  phone.respond(forged, '200 OK', other);
  phone.respond(forged.replace('tag=other', 'tag=third'), '200 OK', other);
  await until(
    'all received',
    () => taker.recorded.messages.filter((each) => each === 'received 200 INVITE').length === 3,
  );
  const over = next.leg.hangUp();
  const bye = await phone.next('BYE');
  assert.equal(bye.split(' ')[1], phone.uri);
  phone.respond(bye, '200 OK');
  await over;
});
