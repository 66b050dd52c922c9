import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../harness/until.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { bodyOf, field, PHONE_SDP, RawPhone } from './raw-phone.ts';
import { listen, OFFER, startAgent } from './stack-setup.ts';

test('an INVITE tells who calls, what is known here, and how long the session is to live', async () => {
  const [agent, phone] = [await startAgent({ sessionExpires: 600 }, { t1: T1 }), await RawPhone.start()];
  const from = { uri: 'sip:+12025550100@clicktocall.test', displayName: 'Ann "the\r\nboss"' };
  const leg = agent.prepareLeg(phone.uri, from, OFFER, ['P-Asserted-Identity: <sip:ann@clicktocall.test>'], {
    ...{ ringing() {}, earlyMedia() {}, reInvite() {}, ended() {}, changed() {} },
  });
  const answered = leg.call();
  const invite = await phone.next('INVITE');
  assert.match(
    field(invite, 'From'),
    /^"Ann \\"the {2}boss\\"" <sip:\+12025550100@clicktocall\.test>;tag=\w+$/,
  );
  assert.equal(field(invite, 'P-Asserted-Identity'), '<sip:ann@clicktocall.test>');
  assert.equal(field(invite, 'Supported'), '100rel, timer');
  assert.equal(field(invite, 'Session-Expires'), '600;refresher=uac');
  assert.equal(field(invite, 'Contact'), `<${agent.contact}>`);
  phone.respond(invite, '486 Busy Here');
  await assert.rejects(answered, { code: 486 });
});

for (const [what, to, headers] of [
  ['an address that is none', 'tel:+12025550100', []],
  ['a header field that would begin another', 'sip:a@127.0.0.1', ['X-A: b\r\nX-C: d']],
] as const) {
  test(`${what} is refused before anything is sent`, async () => {
    const agent = await startAgent({}, { t1: T1 });
    const events = { ringing() {}, earlyMedia() {}, reInvite() {}, ended() {}, changed() {} };
    assert.throws(() => agent.prepareLeg(to, { uri: 'sip:b@127.0.0.1' }, OFFER, headers, events), {
      local: true,
    });
  });
}

test('a reliable 183 is acknowledged by PRACK, and its description is heard early', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { answered, invite, earlyMedia, ringing } = await ringUp(agent, phone);
  phone.respond(invite, '183 Session Progress', { sdp: PHONE_SDP, headers: ['Require: 100rel', 'RSeq: 71'] });
  const prack = await phone.next('PRACK');
  assert.equal(field(prack, 'RAck'), '71 1 INVITE');
  phone.respond(prack, '200 OK');
  phone.respond(invite, '200 OK');
  const { sdp, ack } = await answered;
  assert.equal(sdp, PHONE_SDP, 'the answer that came with the 183 holds');
  ack();
  await phone.next('ACK');
  assert.deepEqual([earlyMedia, ringing], [[PHONE_SDP], [183]]);
});

test('without an offer the phone makes one, and the ACK answers it', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { answered, invite, leg } = await ringUp(agent, phone, null);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  const { sdp, ack } = await answered;
  assert.equal(sdp, PHONE_SDP);
  ack(OFFER);
  assert.match(bodyOf(await phone.next('ACK')), /^v=0\r\no=clicktocall \d+ 1 IN IP4 127\.0\.0\.1\r\ns=-\r\n/);
  assert.equal(leg.saved.phase === 'confirmed' && leg.saved.description.version, 1);
});

test('a repeated 200 gets its ACK again', async () => {
  const { phone, invite } = await connect();
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  await phone.next('ACK');
});

test('a second phone of a forked INVITE that answers too is thanked and let go', async () => {
  const { phone, invite, leg } = await connect();
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP, tag: 'other' });
  assert.match(field(await phone.next('ACK'), 'To'), /tag=other/);
  const bye = await phone.next('BYE');
  assert.match(field(bye, 'To'), /tag=other/);
  phone.respond(bye, '200 OK');
  const refreshed = leg.refresh();
  assert.match(field(await phone.next('INVITE'), 'To'), /tag=phone/);
  refreshed.catch(() => {});
});

test('each description has a higher version than the one before, and the same one the same', async () => {
  const { phone, leg } = await connect();
  const versions: string[] = [];
  for (const offer of [OFFER, OFFER.replace('inactive', 'sendrecv'), OFFER.replace('inactive', 'sendrecv')]) {
    const offered = leg.reInvite(offer);
    const invite = await phone.next('INVITE');
    versions.push(/^o=(.*)\r$/m.exec(invite)?.[1] ?? '');
    phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
    (await offered).ack();
    await phone.next('ACK');
  }
  const [id] = /^clicktocall \d+/.exec(versions[0] ?? '') ?? [];
  assert.deepEqual(
    versions,
    [1, 2, 2].map((version) => `${id} ${version} IN IP4 127.0.0.1`),
  );
});

test('where both sides offer at once, this side tries again', async () => {
  const { phone, leg } = await connect();
  const offered = leg.reInvite(OFFER);
  phone.respond(await phone.next('INVITE'), '491 Request Pending');
  phone.respond(await phone.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
  (await offered).ack();
});

test('a phone learns when it moves where the next request goes', async () => {
  const { phone, leg } = await connect();
  const offered = leg.refresh();
  const moved = await RawPhone.start();
  const invite = await phone.next('INVITE');
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP, headers: [] });
  (await offered).ack();
  const again = leg.refresh();
  const second = await phone.next('INVITE');
  phone.send(
    second.replace(/^.*/, 'SIP/2.0 200 OK').replace(/\r\nContact:.*/i, `\r\nContact: <${moved.uri}>`),
  );
  (await again).ack();
  await moved.next('ACK');
  assert.equal(leg.saved.phase === 'confirmed' && leg.saved.remoteTarget, moved.uri);
});

test('a re-INVITE that the phone never ends is given up, and forgotten', async () => {
  const { phone, leg, agent } = await connect();
  const before = agent.status().transactions;
  const offered = leg.reInvite(OFFER);
  phone.respond(await phone.next('INVITE'), '100 Trying');
  await assert.rejects(offered, { code: 408, local: true });
  phone.respond(await phone.next('CANCEL'), '200 OK');
  await until('forgotten', () => agent.status().transactions <= before);
});

test('UPDATE of a phone that rings is agreed to where it changes nothing', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { invite, ringing } = await ringUp(agent, phone);
  phone.request('UPDATE', invite);
  await phone.next('SIP/2.0 481');
  phone.respond(invite, '180 Ringing');
  await until('ringing', () => ringing.length > 0);
  phone.request('UPDATE', invite);
  await phone.next('SIP/2.0 200');
  phone.request('UPDATE', invite, { sdp: PHONE_SDP });
  await phone.next('SIP/2.0 488');
});

test('CANCEL belongs to the transaction of its INVITE', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { invite, leg, answered, ringing } = await ringUp(agent, phone);
  phone.respond(invite, '180 Ringing');
  await until('ringing', () => ringing.length > 0);
  const over = leg.hangUp();
  const cancel = await phone.next('CANCEL');
  for (const name of ['Via', 'From', 'To', 'Call-ID']) assert.equal(field(cancel, name), field(invite, name));
  assert.equal(field(cancel, 'CSeq'), '1 CANCEL');
  phone.respond(cancel, '200 OK');
  phone.respond(invite, '487 Request Terminated');
  await over;
  await assert.rejects(answered, { code: 487, local: false });
});

test('hung up before the answer was acknowledged, it is acknowledged first', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { invite, leg, answered } = await ringUp(agent, phone);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  await answered;
  const over = leg.hangUp();
  await phone.next('ACK');
  phone.respond(await phone.next('BYE'), '200 OK');
  await over;
});

test('the requests of another process are numbered after all that this one may have sent', async () => {
  const { phone, leg } = await connect();
  const { saved } = leg;
  assert.ok(saved.phase === 'confirmed');
  leg.letGo();
  const next = await startAgent({}, { t1: T1 });
  const adopted = listen((events) => next.adoptLeg(saved, events)).leg.refresh();
  const invite = await phone.next('INVITE');
  assert.ok(Number.parseInt(field(invite, 'CSeq'), 10) > saved.cseq + 1);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await adopted).ack();
});

test('after an offer that was refused, a refresh offers what holds', async () => {
  const { phone, leg } = await connect();
  const offered = leg.reInvite(OFFER.replace('inactive', 'sendrecv'));
  phone.respond(await phone.next('INVITE'), '488 Not Acceptable Here');
  await assert.rejects(offered, { code: 488 });
  const refreshed = leg.refresh();
  const invite = await phone.next('INVITE');
  assert.match(invite, /^o=clicktocall \d+ 3 [\s\S]*^a=inactive\r$/m);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await refreshed).ack();
});
