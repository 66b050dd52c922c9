import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../../test/harness/until.ts';
import { field, PHONE_SDP, RawPhone } from '../../../test/peers/raw-phone.ts';
import { connect, T1 } from './raw-calls.ts';
import { OFFER, observe, startAgent } from './test-agent.ts';

/** The request with another sequence number and transaction. */
function numbered(raw: string, cseq: number): string {
  return raw.replace(/(\r\nCSeq: )\d+/, `$1${cseq}`).replace('z9hG4bK', `z9hG4bK${cseq}x`);
}

for (const later of ['INFO', 'UPDATE', 'INVITE'] as const) {
  test(`a request with a lower sequence number than an ${later} before it gets 500, and changes nothing`, async () => {
    const { phone, invite, ended, reInvites } = await connect();
    const first = phone.request(later, invite, { sdp: later === 'INFO' ? '' : PHONE_SDP });
    if (later !== 'INFO') {
      const accepted = (await until('an offer', () => reInvites[0])).accept(OFFER);
      if (later === 'INVITE') phone.request('ACK', invite);
      await accepted;
    }
    phone.send(numbered(first, 9));
    for (const method of ['INFO', 'UPDATE', 'BYE']) {
      phone.send(numbered(phone.request(method, invite), 4));
      await until(`500 for ${method}`, () =>
        phone.received.some((raw) => raw.startsWith('SIP/2.0 500') && field(raw, 'CSeq') === `4 ${method}`),
      );
    }
    assert.deepEqual(ended, []);
  });
}

test('another process refuses a sequence number that is lower than those the phone has used', async () => {
  const { phone, invite, leg } = await connect();
  phone.send(numbered(phone.request('UPDATE', invite), 7));
  await until('it is stored', () => leg.saved.phase === 'confirmed' && leg.saved.remoteCseq === 7);
  const { saved } = leg;
  leg.handOver();
  const next = await startAgent({}, { t1: T1 });
  assert.ok(saved.phase === 'confirmed');
  const { ended } = observe((events) => next.adoptLeg(saved, events));
  const port = Number(/:(\d+)$/.exec(next.contact)?.[1]);
  phone.send(numbered(phone.request('BYE', invite), 6), port);
  await phone.next('SIP/2.0 500');
  assert.deepEqual(ended, []);
});

for (const method of ['BYE', 'INVITE', 'UPDATE', 'INFO', 'NOTIFY', 'OPTIONS'] as const) {
  test(`${method} that requires an unknown extension gets 420, and changes nothing`, async () => {
    const { phone, invite, ended, reInvites } = await connect();
    phone.request(method, invite, {
      sdp: PHONE_SDP,
      headers: ['Require: timer, nothing-we-know', 'Event: talk'],
    });
    assert.equal(field(await phone.next('SIP/2.0 420'), 'Unsupported'), 'nothing-we-know');
    assert.deepEqual([ended, reInvites], [[], []]);
  });
}

test('OPTIONS outside of a dialog that requires an unknown extension gets 420', async () => {
  const { phone, invite } = await connect();
  phone.send(
    phone
      .request('OPTIONS', invite, { headers: ['Require: nothing-we-know'] })
      .replace(/;tag=\w+(?=\r\nCall-ID)/, ''),
  );
  await until('its refusal', () =>
    phone.received.some(
      (raw) => raw.startsWith('SIP/2.0 420') && field(raw, 'Unsupported') === 'nothing-we-know',
    ),
  );
});

test('a BYE with tel: URIs as Request-URI, From and To ends the call, and its response repeats them', async () => {
  const { phone, invite, ended } = await connect();
  const bye = phone
    .request('OPTIONS', invite)
    .replaceAll('OPTIONS', 'BYE')
    .replace(/^BYE \S+/, 'BYE tel:+12025550100')
    .replace(/\r\nFrom: [^;]*/, '\r\nFrom: "Bob" <tel:+1-202-555-0101;phone-context=example.com>')
    .replace(/\r\nTo: [^;]*/, '\r\nTo: tel:+12025550100')
    .replace(/CSeq: \d+/, 'CSeq: 50')
    .replace('z9hG4bK', 'z9hG4bKtel');
  phone.send(bye);
  const ok = await until('200', () =>
    phone.received.find((raw) => raw.startsWith('SIP/2.0 200') && field(raw, 'CSeq') === '50 BYE'),
  );
  assert.deepEqual([field(ok, 'From'), field(ok, 'To')], [field(bye, 'From'), field(bye, 'To')]);
  assert.deepEqual(ended, ['bye']);
});

test('requests with a tel: Request-URI outside of a dialog are answered', async () => {
  const [agent, phone] = [await startAgent({}, { t1: T1 }), await RawPhone.start()];
  const port = Number(/:(\d+)$/.exec(agent.contact)?.[1]);
  for (const [method, status] of [
    ['OPTIONS', 200],
    ['INVITE', 403],
    ['BYE', 481],
  ] as const) {
    const to = method === 'BYE' ? '<tel:+1>;tag=x' : '<tel:+1>';
    phone.send(
      [
        `${method} tel:+12025550100 SIP/2.0`,
        ...[
          `Via: SIP/2.0/UDP 127.0.0.1:1;rport;branch=z9hG4bK${method}`,
          'From: <tel:+2>;tag=1',
          `To: ${to}`,
        ],
        ...['Call-ID: e', `CSeq: 1 ${method}`, 'Contact: <sip:a@127.0.0.1>', 'Content-Length: 0', '', ''],
      ].join('\r\n'),
      port,
    );
    await phone.next(`SIP/2.0 ${status}`);
  }
});

test('a request within a dialog that cannot be parsed gets 400', async () => {
  const { phone, invite, ended } = await connect();
  phone.request('INVITE', invite, { sdp: PHONE_SDP, contact: '<tel:+12025550101>' });
  await phone.next('SIP/2.0 400');
  phone.send(
    numbered(phone.request('OPTIONS', invite).replaceAll('OPTIONS', 'BYE'), 30).replace(
      /^BYE \S+/,
      'BYE mailto:a@b',
    ),
  );
  await phone.next('SIP/2.0 400');
  assert.deepEqual(ended, []);
});

test('pressed keys in INFO are reported, and answered as the program says', async () => {
  const { phone, invite, infos } = await connect();
  const body = 'Signal=5\r\nDuration=160\r\n';
  const press = () =>
    phone.request('INFO', invite, {
      headers: ['Content-Type: application/dtmf-relay'],
      sdp: '',
    });
  const info = press().replace(/Content-Length: 0\r\n\r\n/, `Content-Length: ${body.length}\r\n\r\n${body}`);
  await phone.next('SIP/2.0 200'); // without a body, it only asks whether the call is alive
  phone.send(numbered(info, 10));
  const request = await until('the key', () => infos[0]);
  assert.deepEqual([request.contentType, request.content], ['application/dtmf-relay', body]);
  request.reject(480);
  await phone.next('SIP/2.0 480');
});

test('pressed keys are sent to a phone in INFO', async () => {
  const { phone, leg } = await connect();
  const sent = leg.sendInfo({ contentType: 'application/dtmf-relay', content: 'Signal=#\r\n' });
  const info = await phone.next('INFO');
  assert.match(info, /\r\nContent-Type: application\/dtmf-relay\r\n[\s\S]*\r\n\r\nSignal=#\r\n$/);
  phone.respond(info, '415 Unsupported Media Type');
  await assert.rejects(sent, { code: 415, local: false });
});
