import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { bodyOf, field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, T1 } from './raw-calls.ts';
import { OFFER, startAgent } from './test-agent.ts';

const TIMER = ['Supported: timer', 'Session-Expires: 600;refresher=uac'];

test('a re-INVITE with an offer is reported, answered and acknowledged', async () => {
  const { phone, invite, reInvites, leg, saved } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP, headers: TIMER });
  await phone.next('SIP/2.0 100');
  const request = await until('a re-INVITE', () => reInvites[0]);
  assert.equal(request.offer, PHONE_SDP);
  const accepted = request.accept(OFFER);
  const ok = await phone.next('SIP/2.0 200');
  assert.equal(field(ok, 'Session-Expires'), '600;refresher=uac');
  assert.equal(field(ok, 'Require'), 'timer');
  assert.match(bodyOf(ok), /^o=clicktocall \d+ 1 /m);
  phone.request('ACK', invite);
  assert.equal(await accepted, undefined);
  assert.equal(leg.refreshEvery, undefined, 'the phone refreshes from now on');
  assert.deepEqual(saved.at(-1)?.phase === 'confirmed' && saved.at(-1), leg.saved);
});

test('a re-INVITE without an offer gets one, and its ACK brings the answer', async () => {
  const { phone, invite, reInvites } = await connect();
  phone.request('INVITE', invite, { headers: ['Supported: timer'] });
  const request = await until('a re-INVITE', () => reInvites[0]);
  assert.equal(request.offer, undefined);
  const answered = request.accept(OFFER);
  const ok = await phone.next('SIP/2.0 200');
  assert.equal(field(ok, 'Session-Expires'), '1800;refresher=uas');
  phone.request('ACK', invite, { sdp: PHONE_SDP });
  assert.equal(await answered, PHONE_SDP);
});

test('a refusal of a re-INVITE is repeated until its ACK arrives', async () => {
  const { phone, invite, reInvites, agent } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  (await until('a re-INVITE', () => reInvites[0])).reject(488);
  for (let times = 0; times < 3; times++) await phone.next('SIP/2.0 488');
  const refusal = await phone.next('SIP/2.0 488');
  const branch = /branch=(\w+)/.exec(refusal)?.[1];
  const before = agent.status().transactions;
  phone.send(
    `ACK ${agent.contact} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=${branch}\r\nFrom: ${field(refusal, 'From')}\r\n` +
      `To: ${field(refusal, 'To')}\r\nCall-ID: ${field(refusal, 'Call-ID')}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n`,
  );
  await until('no repetition any more', () => agent.status().transactions < before);
});

test('a phone that never acknowledges is gone', async () => {
  const { phone, invite, reInvites, ended } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  const accepted = (await until('a re-INVITE', () => reInvites[0])).accept(OFFER);
  phone.respond(await phone.next('BYE'), '200 OK');
  assert.equal(await accepted, undefined);
  const [cause] = ended;
  assert.ok(cause !== 'bye' && cause?.local);
});

test('BYE ends an open re-INVITE', async () => {
  const { phone, invite, reInvites, ended } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  const request = await until('a re-INVITE', () => reInvites[0]);
  phone.request('BYE', invite);
  await phone.next('SIP/2.0 200');
  await until('its refusal', () => phone.received.some((raw) => raw.startsWith('SIP/2.0 487')));
  assert.deepEqual(ended, ['bye']);
  assert.equal(await request.accept(OFFER), undefined);
});

test('a re-INVITE that the phone cancels ends, whatever answer comes later', async () => {
  const { phone, invite, reInvites, ended } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  const request = await until('a re-INVITE', () => reInvites[0]);
  phone.cancel(invite);
  const answers = ['200', '487'].map((status) =>
    until(status, () => phone.received.find((raw) => raw.startsWith(`SIP/2.0 ${status}`))),
  );
  assert.deepEqual(
    (await Promise.all(answers)).map((raw) => field(raw, 'CSeq')),
    ['1 CANCEL', '1 INVITE'],
  );
  assert.equal(await request.accept(OFFER), undefined);
  request.reject(488);
  assert.equal(phone.received.filter((raw) => /^SIP\/2.0 200[\s\S]*CSeq: 1 INVITE/.test(raw)).length, 0);
  assert.deepEqual(ended, []);
});

test('CANCEL of an answered re-INVITE changes nothing', async () => {
  const { phone, invite, reInvites } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  const accepted = (await until('a re-INVITE', () => reInvites[0])).accept(OFFER);
  await phone.next('SIP/2.0 200');
  phone.cancel(invite);
  phone.request('ACK', invite);
  await accepted;
  assert.equal(
    phone.received.some((raw) => raw.startsWith('SIP/2.0 487')),
    false,
  );
});

test('a refusal with an invalid code becomes 488', async () => {
  const { phone, invite, reInvites } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP });
  (await until('a re-INVITE', () => reInvites[0])).reject(302);
  await phone.next('SIP/2.0 488');
});

test('a session that is too short is refused with the minimum', async () => {
  const { phone, invite } = await connect();
  for (const method of ['INVITE', 'UPDATE']) {
    phone.request(method, invite, { headers: ['Supported: timer', 'Session-Expires: 20'] });
    assert.equal(field(await phone.next('SIP/2.0 422'), 'Min-SE'), '90');
  }
});

test('UPDATE refreshes the session, and may have an offer', async () => {
  const { phone, invite, reInvites } = await connect();
  phone.request('UPDATE', invite, { headers: TIMER });
  assert.equal(field(await phone.next('SIP/2.0 200'), 'Session-Expires'), '600;refresher=uac');
  phone.request('UPDATE', invite, { sdp: PHONE_SDP });
  const request = await until('an offer', () => reInvites[0]);
  assert.equal(request.offer, PHONE_SDP);
  await request.accept(OFFER);
  assert.match(bodyOf(await phone.next('SIP/2.0 200')), /^o=clicktocall/m);
});

for (const [method, status, headers] of [
  ['INFO', 200, []],
  ['NOTIFY', 200, ['Event: talk']],
  ['REFER', 603, ['Refer-To: <sip:+19005550100@127.0.0.1>']],
  ['MESSAGE', 405, []],
  ['OPTIONS', 200, []],
] as const) {
  test(`${method} in a dialog gets ${status}`, async () => {
    const { phone, invite } = await connect();
    phone.request(method, invite, { headers });
    await phone.next(`SIP/2.0 ${status}`);
  });
}

for (const [method, status] of [
  ['OPTIONS', 200],
  ['INVITE', 403],
  ['BYE', 481],
  ['UPDATE', 481],
  ['NOTIFY', 481],
  ['MESSAGE', 405],
  ['REGISTER', 405],
  ['SUBSCRIBE', 405],
  ['REFER', 405],
  ['WHATEVER', 405],
] as const) {
  test(`${method} outside of a dialog gets ${status}, its repetition gets the same, and nothing is kept`, async () => {
    const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
    const request = [
      `${method} sip:127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:1;rport;branch=z9hG4bK${method}`,
      ...[
        'From: <sip:a@b>;tag=1',
        'To: <sip:c@d>',
        'Call-ID: e',
        `CSeq: 1 ${method}`,
        'Contact: <sip:a@127.0.0.1>',
      ],
      ...['Content-Length: 0', '', ''],
    ].join('\r\n');
    const port = Number(/:(\d+)$/.exec(agent.contact)?.[1]);
    phone.send(request, port);
    const first = await phone.next(`SIP/2.0 ${status}`);
    phone.send(request, port);
    assert.equal(await phone.next('SIP/2.0'), first);
    assert.match(field(first, 'To'), /tag=/);
    assert.deepEqual([agent.status().transactions, agent.status().dialogs], [0, 0]);
  });
}

test('a repeated BYE gets the same answer again', async () => {
  const { phone, invite, ended } = await connect();
  const bye = phone.request('BYE', invite);
  const first = await phone.next('SIP/2.0');
  phone.send(bye);
  assert.equal(await phone.next('SIP/2.0'), first);
  assert.deepEqual(ended, ['bye']);
});
