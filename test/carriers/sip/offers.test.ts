import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import { bodyOf, field, PHONE_SDP, type RawPhone } from '../../peers/raw-phone.ts';
import { type RawStage, startRawStage } from './raw-stage.ts';

const app = await startApp();

const lines = (...rest: readonly string[]) =>
  [...['v=0', 'o=phone 7 7 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'], ...rest, ''].join(
    '\r\n',
  );
const FULL = lines('m=audio 4000 RTP/AVP 9 8 0', 'a=ptime:20');
const ONE_CODEC = lines('m=audio 5000 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000');
const KEY = 'AES_CM_128_HMAC_SHA1_80 inline:';
const callerKey = (key: string) =>
  lines('m=audio 4000 RTP/SAVP 8 0', `a=crypto:1 ${KEY}${key.padEnd(40, 'A')}`);
const calleeKey = (key: string) =>
  lines('m=audio 5000 RTP/SAVP 8', `a=crypto:1 ${KEY}${key.padEnd(40, 'B')}`);
const OPTIONAL = callerKey('optional').replace('RTP/SAVP', 'RTP/AVP');
const DTLS = lines('m=audio 4000 UDP/TLS/RTP/SAVP 8', 'a=fingerprint:sha-256 AA:BB', 'a=setup:actpass');
const ICE = lines('m=audio 4000 RTP/AVP 8', 'a=ice-ufrag:caller', 'a=ice-pwd:0123456789012345678901');

interface Media {
  readonly port: number;
  /** Sends a packet of RTP with this payload type where the other phone's description says. */
  say(payloadType: number, description: string): void;
  /** The payload type of the first packet that arrives. */
  readonly heard: Promise<number>;
}

async function openMedia(): Promise<Media> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  afterFile(() => socket.close());
  return {
    port: socket.address().port,
    heard: once(socket, 'message').then(([packet]: Buffer[]) => (packet?.[1] ?? 0) & 0x7f),
    say: (payloadType, description) =>
      socket.send(
        Buffer.from([0x80, payloadType, ...new Array(60).fill(0)]),
        Number(/^m=audio (\d+)/m.exec(description)?.[1]),
        /^c=IN IP4 (\S+)/m.exec(description)?.[1],
      ),
  };
}

/** A phone that has iLBC alone (RFC 3952). */
const ilbcAt = (port: number) =>
  lines(`m=audio ${port} RTP/AVP 97`, 'a=rtpmap:97 iLBC/8000', 'a=fmtp:97 mode=30');

async function begin(stage: RawStage): Promise<string> {
  stage.carrier.originate(await stage.insertCall());
  return stage.caller.next('INVITE');
}

/** The lines of a body that a phone must get as they are. */
const media = (body: string) => body.replace(/^[vos]=.*\r\n/gm, '');

const assertNothingAfter = async (phone: RawPhone, stage: RawStage) => {
  await until('they are connected', () => stage.reported.includes('connected'));
  const before = phone.received.filter((raw) => raw.startsWith('INVITE')).length;
  stage.carrier.hangUp(
    (await app.sql<{ id: string }>('SELECT id FROM calls WHERE node_id = $1', [stage.nodeId]))[0]?.id ?? '',
  );
  phone.respond(await phone.next('BYE'), '200 OK');
  assert.equal(phone.received.filter((raw) => raw.startsWith('INVITE')).length, before);
};

suite('the caller’s phone offers all that it can do', () => {
  test('the callee is offered that, and the caller gets the callee’s answer, with one codec', async () => {
    const stage = await startRawStage(app);
    const invite = await begin(stage);
    assert.deepEqual([bodyOf(invite), field(invite, 'Content-Type')], ['', '']);
    stage.caller.respond(invite, '200 OK', { sdp: FULL });
    const held = bodyOf(await stage.caller.next('ACK'));
    assert.match(held, /^m=audio 9 RTP\/AVP 9 8 0\r\na=inactive\r\n$/m);
    const offered = await stage.callee.next('INVITE');
    assert.equal(media(bodyOf(offered)), media(FULL));
    stage.callee.respond(offered, '200 OK', { sdp: ONE_CODEC });
    const described = await stage.caller.next('INVITE');
    assert.equal(media(bodyOf(described)), media(ONE_CODEC));
    stage.caller.respond(described, '200 OK', { sdp: lines('m=audio 4000 RTP/AVP 8') });
    await stage.caller.next('ACK');
    await assertNothingAfter(stage.callee, stage);
  });

  for (const [what, offer] of Object.entries({ SDES: callerKey('1'), DTLS, ICE })) {
    test(`a phone with ${what} gets the callee’s keys in its first answer`, async () => {
      const stage = await startRawStage(app);
      const invite = await begin(stage);
      stage.caller.respond(invite, '200 OK', { sdp: offer });
      const offered = await stage.callee.next('INVITE');
      assert.equal(media(bodyOf(offered)), media(offer));
      stage.callee.respond(offered, '200 OK', { sdp: calleeKey('1') });
      assert.equal(media(bodyOf(await stage.caller.next('ACK'))), media(calleeKey('1')));
      await assertNothingAfter(stage.caller, stage);
    });
  }

  test('early media reaches a phone with keys in its first answer', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: callerKey('1') });
    const offered = await stage.callee.next('INVITE');
    stage.callee.respond(offered, '183 Session Progress', { sdp: calleeKey('1') });
    assert.equal(media(bodyOf(await stage.caller.next('ACK'))), media(calleeKey('1')));
    assert.ok(!stage.reported.includes('connected'));
    stage.callee.respond(offered, '200 OK', { sdp: calleeKey('1') });
    await assertNothingAfter(stage.caller, stage);
  });

  test('a phone with keys is held, with keys, when the callee rings for 20 s', async () => {
    const clock = createTestClock();
    const stage = await startRawStage(app, {}, clock);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: callerKey('1') });
    const offered = await stage.callee.next('INVITE');
    stage.callee.respond(offered, '180 Ringing');
    clock.advance(20_000);
    const held = bodyOf(await stage.caller.next('ACK'));
    assert.match(
      held,
      /^m=audio 9 RTP\/SAVP 8 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\S{40}\r\na=inactive/m,
    );
    assert.doesNotMatch(held, /inline:1AAA/);
    stage.callee.respond(offered, '200 OK', { sdp: calleeKey('1') });
    assert.equal(media(bodyOf(await stage.caller.next('INVITE'))), media(calleeKey('1')));
  });

  test('a phone that changes its key for the callee’s description: the callee makes an offer, and gets the new key', async () => {
    const clock = createTestClock();
    const stage = await startRawStage(app, {}, clock);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: callerKey('1') });
    const offered = await stage.callee.next('INVITE');
    clock.advance(20_000);
    stage.callee.respond(offered, '200 OK', { sdp: calleeKey('1') });
    stage.caller.respond(await stage.caller.next('INVITE'), '200 OK', { sdp: callerKey('2') });
    await stage.callee.next('ACK');
    const asked = await stage.callee.next('INVITE');
    assert.equal(bodyOf(asked), '');
    stage.callee.respond(asked, '200 OK', { sdp: calleeKey('2') });
    const described = await stage.caller.next('INVITE');
    assert.equal(media(bodyOf(described)), media(calleeKey('2')));
    stage.caller.respond(described, '200 OK', { sdp: callerKey('3') });
    assert.equal(media(bodyOf(await stage.callee.next('ACK'))), media(callerKey('3')));
  });

  test('a phone without keys that moves its media: the callee is offered the new address', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: FULL });
    stage.callee.respond(await stage.callee.next('INVITE'), '200 OK', { sdp: ONE_CODEC });
    const moved = lines('m=audio 4002 RTP/AVP 8');
    stage.caller.respond(await stage.caller.next('INVITE'), '200 OK', { sdp: moved });
    assert.equal(media(bodyOf(await stage.callee.next('INVITE'))), media(moved));
  });

  test('two phones with iLBC only hear each other', async () => {
    const stage = await startRawStage(app);
    const [callerMedia, calleeMedia] = [await openMedia(), await openMedia()];
    const description = ({ port }: Media) => ilbcAt(port);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: description(callerMedia) });
    const offered = await stage.callee.next('INVITE');
    stage.callee.respond(offered, '200 OK', { sdp: description(calleeMedia) });
    const described = await stage.caller.next('INVITE');
    stage.caller.respond(described, '200 OK', { sdp: description(callerMedia) });
    callerMedia.say(97, bodyOf(described));
    calleeMedia.say(97, bodyOf(offered));
    assert.deepEqual(await Promise.all([callerMedia.heard, calleeMedia.heard]), [97, 97]);
  });

  test('a callee that rejects every stream is asked for its own offer', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '200 OK', { sdp: FULL });
    const rejected = lines('m=audio 0 RTP/AVP 9');
    stage.callee.respond(await stage.callee.next('INVITE'), '200 OK', { sdp: rejected });
    const asked = await stage.callee.next('INVITE');
    assert.equal(bodyOf(asked), '');
    stage.callee.respond(asked, '200 OK', { sdp: ONE_CODEC });
    assert.equal(media(bodyOf(await stage.caller.next('INVITE'))), media(ONE_CODEC));
  });
});

suite('a caller’s phone that refuses an INVITE without an offer', () => {
  for (const refusal of ['488 Not Acceptable Here', '415 Unsupported Media Type', '606 Not Acceptable']) {
    test(`with ${refusal} is called once more, with an offer, and asked for its own`, async () => {
      const stage = await startRawStage(app);
      const target = stage.caller.uri;
      stage.caller.respond(await begin(stage), refusal);
      const second = await stage.caller.next('INVITE');
      assert.match(bodyOf(second), /^a=inactive/m);
      stage.caller.respond(second, '200 OK', { sdp: lines('m=audio 4000 RTP/AVP 8', 'a=inactive') });
      const asked = await stage.caller.next('INVITE');
      assert.equal(bodyOf(asked), '');
      stage.caller.respond(asked, '200 OK', { sdp: FULL });
      assert.equal(media(bodyOf(await stage.callee.next('INVITE'))), media(FULL));
      assert.deepEqual(stage.reported, ['callingCaller', 'callingCallee']);
      assert.deepEqual(
        stage.infos.filter(({ flow }) => flow).map(({ target: phone, flow }) => [phone, flow]),
        [[target, 'early-offer']],
      );
    });
  }

  test('has its flow remembered for the next call, until it expires', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '488 Not Acceptable Here');
    stage.caller.respond(await stage.caller.next('INVITE'), '200 OK', { sdp: PHONE_SDP });
    await until('it is remembered', async () => {
      const rows = await app.sql('SELECT FROM sip_flows WHERE target = $1', [stage.caller.uri]);
      return rows.length > 0;
    });
    await stage.caller.next('INVITE');
    const next = await begin(stage);
    assert.match(bodyOf(next), /^a=inactive/m);
    stage.caller.respond(next, '486 Busy Here');
    await app.sql('UPDATE sip_flows SET expires_at = now() WHERE target = $1', [stage.caller.uri]);
    assert.equal(bodyOf(await begin(stage)), '');
  });

  test('finds iLBC in that offer, if it has nothing else', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '488 Not Acceptable Here');
    const held = await stage.caller.next('INVITE');
    const [, type = 'none'] = /^a=rtpmap:(\d+) iLBC\/8000\r$/m.exec(bodyOf(held)) ?? [];
    assert.match(
      bodyOf(held),
      new RegExp(`^m=audio 9 RTP/AVP .*\\b${type}\\b[^]*^a=fmtp:${type} mode=30\r$`, 'm'),
    );
    stage.caller.respond(held, '200 OK', { sdp: ilbcAt(4000) });
    stage.caller.respond(await stage.caller.next('INVITE'), '488 Not Acceptable Here');
    assert.equal(media(bodyOf(await stage.callee.next('INVITE'))), media(ilbcAt(4000)));
  });

  test('is offered what it answered if it refuses to make an offer later, too', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '488 Not Acceptable Here');
    stage.caller.respond(await stage.caller.next('INVITE'), '200 OK', {
      sdp: lines('m=audio 4000 RTP/AVP 8', 'a=inactive'),
    });
    stage.caller.respond(await stage.caller.next('INVITE'), '488 Not Acceptable Here');
    assert.equal(media(bodyOf(await stage.callee.next('INVITE'))), media(lines('m=audio 4000 RTP/AVP 8')));
  });

  test('that refuses the other flow, too, is called no third time', async () => {
    const stage = await startRawStage(app);
    stage.caller.respond(await begin(stage), '488 Not Acceptable Here');
    stage.caller.respond(await stage.caller.next('INVITE'), '488 Not Acceptable Here');
    await until('the call fails', () => stage.reported.at(-1) === 'failed: noCommonMedia');
    assert.deepEqual(stage.reported, ['callingCaller', 'failed: noCommonMedia']);
  });

  test('is called no other way if the flow is configured', async () => {
    const stage = await startRawStage(app, { SIP_FLOW: 'delayed-offer' });
    stage.caller.respond(await begin(stage), '488 Not Acceptable Here');
    await until('the call fails', () => stage.reported.at(-1) === 'failed: noCommonMedia');
    const early = await startRawStage(app, { SIP_FLOW: 'early-offer' });
    assert.match(bodyOf(await begin(early)), /^a=inactive/m);
  });
});

suite('a callee that refuses all that the caller’s phone offers', () => {
  /** The caller offers; the callee refuses. @returns the next INVITE for the caller, a re-INVITE */
  async function refuse(
    stage: RawStage,
    offer: string,
    refusal = '488 Not Acceptable Here',
  ): Promise<string> {
    stage.caller.respond(await begin(stage), '200 OK', { sdp: offer });
    stage.callee.respond(await stage.callee.next('INVITE'), refusal);
    return stage.caller.next('INVITE');
  }

  for (const refusal of ['488 Not Acceptable Here', '415 Unsupported Media Type', '606 Not Acceptable']) {
    test(`with ${refusal} is offered the same with keys, if the caller’s phone agrees`, async () => {
      const stage = await startRawStage(app);
      const held = await refuse(stage, FULL, refusal);
      assert.match(held, /\r\nTo: .*;tag=/, 'the phone does not ring again');
      assert.match(bodyOf(held), /^m=audio 9 RTP\/SAVP .*^a=crypto:1 .*^a=inactive/ms);
      stage.caller.respond(held, '200 OK', { sdp: callerKey('1') });
      const offered = bodyOf(await stage.callee.next('INVITE'));
      assert.match(offered, /^m=audio 4000 RTP\/SAVP 9 8 0\r\na=ptime:20\r\na=crypto:1 \S+ inline:1AAA/m);
    });
  }

  test('is offered the same without keys, if the caller’s phone agrees', async () => {
    const stage = await startRawStage(app);
    const held = await refuse(stage, callerKey('1'));
    assert.match(bodyOf(held), /^m=audio 9 RTP\/AVP /m);
    stage.caller.respond(held, '200 OK', { sdp: lines('m=audio 4000 RTP/AVP 8', 'a=inactive') });
    const offered = bodyOf(await stage.callee.next('INVITE'));
    assert.equal(media(offered), media(lines('m=audio 4000 RTP/AVP 8 0')));
  });

  test('requires keys that are optional for the caller: each phone gets its profile, also later', async () => {
    const stage = await startRawStage(app);
    const invite = await begin(stage);
    stage.caller.respond(invite, '200 OK', { sdp: OPTIONAL });
    stage.callee.respond(await stage.callee.next('INVITE'), '488 Not Acceptable Here');
    const offered = await stage.callee.next('INVITE');
    assert.equal(media(bodyOf(offered)), media(OPTIONAL).replace('RTP/AVP', 'RTP/SAVP'));
    stage.callee.respond(offered, '200 OK', { sdp: calleeKey('1') });
    const answer = bodyOf(await stage.caller.next('ACK'));
    assert.equal(media(answer), media(calleeKey('1')).replace('RTP/SAVP', 'RTP/AVP'));
    await stage.callee.next('ACK');
    stage.caller.request('INVITE', invite, { sdp: OPTIONAL });
    assert.match(bodyOf(await stage.callee.next('INVITE')), /^m=audio 4000 RTP\/SAVP/m);
  });

  for (const [what, offer, protection, other] of [
    ['without keys', callerKey('1'), 'RTP/AVP', FULL],
    ['with keys', FULL, 'RTP/SAVP', callerKey('1')],
  ] as const) {
    test(`is offered the same ${what}, if the caller’s phone agrees in a call that replaces the first one`, async () => {
      const stage = await startRawStage(app);
      const { caller, callee } = stage;
      const first = await begin(stage);
      caller.respond(first, '200 OK', { sdp: offer, tag: 'first' });
      callee.respond(await callee.next('INVITE'), '488 Not Acceptable Here');
      caller.respond(await caller.next('INVITE'), '488 Not Acceptable Here');
      const replacing = await caller.next('INVITE');
      const [tag] = /(?<=;tag=).*/.exec(field(first, 'From')) ?? [];
      assert.deepEqual(
        [field(replacing, 'Replaces'), field(replacing, 'Require')],
        [`${field(first, 'Call-ID')};to-tag=first;from-tag=${tag}`, 'replaces'],
      );
      assert.match(bodyOf(replacing), new RegExp(`^m=audio 9 ${protection} `, 'm'));
      const uriOf = (raw: string) => /<(.*)>/.exec(field(raw, 'From'))?.[1];
      assert.notEqual(uriOf(replacing), uriOf(first), 'linphone refuses two calls from the same address');
      // the phone ends the first call before it answers the other one
      caller.request('BYE', first, { tag: 'first' });
      caller.respond(replacing, '200 OK', { sdp: other });
      const asked = await caller.next('INVITE');
      assert.equal(bodyOf(asked), '');
      caller.respond(asked, '200 OK', { sdp: other });
      const offered = await callee.next('INVITE');
      assert.equal(media(bodyOf(offered)), media(other));
      callee.respond(offered, '200 OK', { sdp: ONE_CODEC });
      const described = await caller.next('INVITE');
      assert.deepEqual(
        [media(bodyOf(described)), field(described, 'Call-ID')],
        [media(ONE_CODEC), field(replacing, 'Call-ID')],
      );
      caller.respond(described, '200 OK', { sdp: other });
      await until('only the legs of the conversation are stored', async () => {
        const legs = await app.sql('SELECT FROM carried_legs WHERE node_id = $1', [stage.nodeId]);
        return legs.length === 2;
      });
      caller.request('BYE', replacing);
      callee.respond(await callee.next('BYE'), '200 OK');
      assert.deepEqual(stage.reported, [
        ...['callingCaller', 'callingCallee', 'connected', 'disconnected: hangUp'],
      ]);
    });
  }

  for (const [what, offer, reason, remembered] of [
    [
      'encryption that the callee’s phone lacks',
      callerKey('1'),
      "the caller's phone requires encryption; the callee's does not offer it",
      'early-offer',
    ],
    [
      'codecs that the callee’s phone lacks',
      FULL,
      "the phones share no codec, or the callee's phone requires encryption; the caller's does not offer it",
      'delayed-offer',
    ],
  ] as const) {
    for (const [how, status, sdp] of [
      ['refuses the other offer', '488 Not Acceptable Here', undefined],
      ['rejects its streams', '200 OK', lines('m=audio 0 RTP/AVP 0')],
    ] as const) {
      test(`and a caller’s phone that has only ${what}, and ${how}: the call ends before the callee’s phone rings`, async () => {
        const stage = await startRawStage(app);
        const held = await refuse(stage, offer);
        stage.caller.respond(held, status, sdp === undefined ? {} : { sdp });
        stage.caller.respond(await stage.caller.next('INVITE'), '420 Bad Extension');
        await until('the call fails', () => stage.reported.at(-1) === 'failed: noCommonMedia');
        const refused = stage.infos.find(({ text }) => text === 'sip: phone did not answer');
        assert.deepEqual([refused?.['status'], refused?.['reason']], [488, reason]);
        assert.equal(stage.callee.received.filter((raw) => raw.startsWith('INVITE')).length, 1);
        await until('it is remembered', async () => {
          const rows = await app.sql('SELECT FROM sip_flows WHERE target = $1 AND flow = $2', [
            stage.callee.uri.replace(/.*@/, 'sip:'),
            remembered,
          ]);
          return rows.length > 0;
        });
        const bye = await stage.caller.next('BYE');
        assert.equal(field(bye, 'Reason'), `SIP;cause=488;text="${reason}"`);
      });
    }
  }
});
