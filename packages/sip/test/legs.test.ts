import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { bodyOf, field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { SEQUENCE_RANGE } from '../src/user-agent/sequence.ts';
import { connect, ringUp, T1 } from './raw-calls.ts';
import { CALLER, OFFER, observe, startAgent } from './test-agent.ts';

test('an INVITE has the caller, the supported extensions and the session interval', async () => {
  const [agent, phone] = [await startAgent({ sessionExpires: 600 }, { t1: T1 }), await RawPhone.start()];
  const from = { uri: 'sip:+12025550100@clicktocall.test', displayName: 'Ann "the\r\nboss"' };
  const headers = ['P-Asserted-Identity: <sip:ann@clicktocall.test>'];
  const { leg } = observe((events) =>
    agent.prepareLeg({ to: phone.uri, from, offer: OFFER, headers }, events),
  );
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
  ['an address that is not SIP', 'tel:+12025550100', []],
  ['a header field with a line break', 'sip:a@127.0.0.1', ['X-A: b\r\nX-C: d']],
] as const) {
  test(`${what} is refused before anything is sent`, async () => {
    const agent = await startAgent({}, { t1: T1 });
    const invite = { to, from: CALLER, offer: OFFER, headers };
    assert.throws(() => observe((events) => agent.prepareLeg(invite, events)), { local: true });
  });
}

test('a reliable 183 is acknowledged by PRACK, and its description is early media', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { answered, invite, earlyMedia, ringing } = await ringUp(agent, phone);
  phone.respond(invite, '183 Session Progress', { sdp: PHONE_SDP, headers: ['Require: 100rel', 'RSeq: 71'] });
  const prack = await phone.next('PRACK');
  assert.equal(field(prack, 'RAck'), '71 1 INVITE');
  phone.respond(prack, '200 OK');
  phone.respond(invite, '200 OK');
  const { sdp, ack } = await answered;
  assert.equal(sdp, PHONE_SDP, 'the answer in the 183 is valid');
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

test('a second phone that answers a forked INVITE gets ACK and BYE', async () => {
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

test('the version grows if the description changes, and stays if it does not', async () => {
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

const isReInvite = (raw: string) => raw.startsWith('INVITE') && /;tag=/.test(field(raw, 'To'));

/** Refuses the next re-INVITE because the phone makes an offer, too. @returns when, in milliseconds */
async function refuseAsPending(phone: RawPhone): Promise<number> {
  const invite = await phone.next('INVITE');
  const at = performance.now();
  phone.respond(invite, '491 Request Pending');
  return at;
}

test('a re-INVITE that gets 491 is sent again after 2.1 to 4 s, as the side that chose the Call-ID must wait', async () => {
  const { phone, leg } = await connect();
  const offered = leg.reInvite(OFFER);
  const waits: number[] = [];
  for (let refusals = 1; refusals <= 4; refusals++) {
    const refusedAt = await refuseAsPending(phone);
    await until('it is sent again', () => phone.received.filter(isReInvite).length > refusals);
    waits.push((performance.now() - refusedAt) / T1);
  }
  assert.ok(Math.min(...waits) >= 4.2 - 2 / T1, `at least 2.1 s at a T1 of 500 ms: ${waits}`);
  assert.ok(Math.min(...waits) < 25, `on a busy machine, the timers are late: ${waits}`);
  const again = await phone.next('INVITE');
  assert.match(bodyOf(again), /^a=inactive/m);
  phone.respond(again, '200 OK', { sdp: PHONE_SDP });
  (await offered).ack();
});

test('a re-INVITE that always gets 491 fails after five attempts, and the description stays', async () => {
  const { phone, leg } = await connect();
  const before = leg.saved.phase === 'confirmed' && leg.saved.description.sdp;
  const refused = assert.rejects(leg.reInvite(OFFER.replace('inactive', 'sendrecv')), { code: 491 });
  for (let tries = 1; tries <= 5; tries++) await refuseAsPending(phone);
  await refused;
  assert.equal(phone.received.filter(isReInvite).length, 5);
  assert.deepEqual(leg.saved.phase === 'confirmed' && leg.saved.description.sdp, before);
});

test('the next request goes where the phone has moved', async () => {
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

test('a re-INVITE without a final response is given up, and leaves nothing', async () => {
  const { phone, leg, agent } = await connect();
  const before = agent.status().transactions;
  const offered = leg.reInvite(OFFER);
  phone.respond(await phone.next('INVITE'), '100 Trying');
  await assert.rejects(offered, { code: 408, local: true });
  phone.respond(await phone.next('CANCEL'), '200 OK');
  await until('the transaction is over', () => agent.status().transactions <= before);
});

test('UPDATE of a phone that rings is accepted if it has no description', async () => {
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

test('CANCEL has the transaction of its INVITE', async () => {
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

test('hanging up acknowledges an answer first', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const { invite, leg, answered } = await ringUp(agent, phone);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  await answered;
  const over = leg.hangUp();
  await phone.next('ACK');
  phone.respond(await phone.next('BYE'), '200 OK');
  await over;
});

test('another process continues with a higher sequence number than this one may have used', async () => {
  const { phone, leg } = await connect();
  const { saved } = leg;
  assert.ok(saved.phase === 'confirmed');
  leg.handOver();
  const next = await startAgent({}, { t1: T1 });
  const claimed = { ...saved, cseq: saved.cseq + SEQUENCE_RANGE };
  const adopted = observe((events) => next.adoptLeg(claimed, events)).leg.refresh();
  const invite = await phone.next('INVITE');
  assert.ok(Number.parseInt(field(invite, 'CSeq'), 10) > saved.cseq);
  phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
  (await adopted).ack();
});

test('no sequence number is sent before a record reserves it', async () => {
  const { phone, leg, saved } = await connect();
  for (let exchange = 1; exchange <= 30; exchange++) {
    const refreshed = leg.refresh();
    const invite = await phone.next('INVITE');
    const [reserved] = saved.slice(-1);
    assert.ok(reserved?.phase === 'confirmed' && Number.parseInt(field(invite, 'CSeq'), 10) <= reserved.cseq);
    phone.respond(invite, '200 OK', { sdp: PHONE_SDP });
    (await refreshed).ack();
  }
  const over = leg.hangUp();
  const bye = await phone.next('BYE');
  const [reserved] = saved.slice(-1);
  assert.ok(reserved?.phase === 'confirmed' && Number.parseInt(field(bye, 'CSeq'), 10) <= reserved.cseq);
  phone.respond(bye, '200 OK');
  await over;
  assert.ok(saved.length < 10, 'a range is reserved at a time');
});

test('after a refused offer, a refresh offers the description before it', async () => {
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
