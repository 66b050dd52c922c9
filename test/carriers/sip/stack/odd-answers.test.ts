import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SavedDialog } from '../../../../src/carriers/sip/user-agent/saved-leg.ts';
import { until } from '../../../harness/until.ts';
import { ringUp, T1 } from './raw-calls.ts';
import { field, PHONE_SDP, RawPhone } from './raw-phone.ts';
import { listen, startAgent } from './stack-setup.ts';

/** A phone that rings, and answers with such a Contact and whatever else. */
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
  test(`a phone that answers as ${user} is called so, also by another process`, async () => {
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
  ['no Contact that can be read', '<sip:evil@[::1>', []],
  ['a Contact of any', '*', []],
  ['a telephone number', '<tel:+12025550100>', []],
  ['a Contact that holds what no database keeps', '<sip:a\0@127.0.0.1>', []],
  ['a Record-Route that holds what no database keeps', undefined, ['Record-Route: <sip:127.0.0.1;lr;x=\0>']],
] as const) {
  test(`a phone that answers with ${what} has failed, and is told so`, async () => {
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

test('what is left of a leg that cannot be read is not to be told', async () => {
  const { agent, answered, leg } = await answeredFrom((phone) => `<${phone.uri}>`);
  (await answered).ack();
  const saved = { ...(leg.saved as SavedDialog), callId: 'other', remoteTarget: 'sip:a b@127.0.0.1' };
  await agent.releaseLeg(saved);
  await agent.releaseLeg({ ...saved, remoteTarget: 'sip:a@127.0.0.1', remoteUri: 'nobody' });
});

for (const character of ['\0', '\x1b', '\x7f']) {
  const odd = PHONE_SDP.replace('s=-', `s=${character}`);

  test(`a description with ${JSON.stringify(character)} is none`, async () => {
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

test('who answers a re-INVITE in another name is not heard, and the phone is told of the end', async () => {
  const { agent, phone, answered, leg } = await answeredFrom((at) => `<${at.uri}>`);
  (await answered).ack();
  const saved = JSON.parse(JSON.stringify(leg.saved)) as SavedDialog;
  await agent.close();
  const taker = await startAgent({}, { t1: T1 });
  const next = listen((events) => taker.adoptLeg(saved, events));
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
    () => taker.told.messages.filter((each) => each === 'received 200 INVITE').length === 3,
  );
  const over = next.leg.hangUp();
  const bye = await phone.next('BYE');
  assert.equal(bye.split(' ')[1], phone.uri);
  phone.respond(bye, '200 OK');
  await over;
});
