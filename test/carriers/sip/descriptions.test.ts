import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isAsExpected } from '../../../src/carriers/sip/media/agreement.ts';
import { heldOffer } from '../../../src/carriers/sip/media/held-offer.ts';
import { holdAnswer } from '../../../src/carriers/sip/media/hold-answer.ts';
import {
  makeKeysOptional,
  protectionOf,
  requireKeys,
  withKeysOf,
  withoutKeys,
} from '../../../src/carriers/sip/media/protection.ts';
import { readStreams, valuesOf } from '../../../src/carriers/sip/media/streams.ts';
import { startApp } from '../../harness/app.ts';
import { bodyOf } from '../../peers/raw-phone.ts';
import { offers } from './descriptions.ts';
import { startRawStage } from './raw-stage.ts';

const text = (lines: readonly string[]) => `${lines.join('\r\n')}\r\n`;
const KEYS = /^a=(crypto|fingerprint|setup|tls-id):/;
const streamsIn = (sdp: string) => readStreams(sdp).map(({ media, profile }) => `${media} ${profile}`);

test('whatever a phone offers reaches the other phone unchanged, but for the origin and the name', async () => {
  const { carrier, caller, callee, insertCall } = await startRawStage(await startApp());
  const own = /^[vos]=/;
  await fc.assert(
    fc.asyncProperty(offers, async (lines) => {
      carrier.originate(await insertCall());
      caller.respond(await caller.next('INVITE'), '200 OK', { sdp: text(lines) });
      const invite = await callee.next('INVITE');
      callee.respond(invite, '486 Busy Here');
      caller.respond(await caller.next('BYE'), '200 OK');
      const offered = bodyOf(invite).trimEnd().split('\r\n');
      assert.deepEqual(
        offered.filter((line) => !own.test(line)),
        lines.filter((line) => !own.test(line)),
      );
    }),
    { numRuns: 20 },
  );
});

test('a held answer has the streams, profiles and kinds of keys of the offer, and no media', () => {
  fc.assert(
    fc.property(offers, (lines) => {
      const offer = text(lines);
      const answer = holdAnswer(offer);
      assert.deepEqual(streamsIn(answer), streamsIn(offer));
      for (const [index, stream] of readStreams(answer).entries()) {
        const offered = readStreams(offer)[index];
        assert.ok(offered);
        const rtp = /RTP\//.test(offered.profile);
        assert.deepEqual([stream.port, stream.lines.includes('a=inactive')], rtp ? [9, true] : [0, false]);
        const [crypto] = valuesOf(offered, 'crypto');
        const [held] = valuesOf(stream, 'crypto');
        assert.equal(held?.split(' inline:')[0], crypto?.split(' inline:')[0]);
        assert.equal(held?.split(':')[1]?.length, crypto?.split(':')[1]?.split('|')[0]?.length);
        assert.notEqual(held ?? 'none', crypto);
        const dtls = valuesOf(offered, 'fingerprint').length;
        assert.deepEqual(
          [valuesOf(stream, 'fingerprint').length, valuesOf(stream, 'setup')],
          [dtls, dtls > 0 ? ['active'] : []],
        );
      }
    }),
  );
});

test('a held offer keeps the number and order of the streams', () => {
  fc.assert(
    fc.property(offers, fc.constantFrom('plain' as const, 'encrypted' as const), (lines, protection) => {
      const held = readStreams(heldOffer(protection, text(lines)));
      const before = readStreams(text(lines));
      assert.deepEqual(
        held.map(({ media }) => media),
        before.map(({ media }) => media),
      );
      assert.deepEqual(
        held.map(({ port }) => port),
        before.map(({ media }) => (media === 'audio' ? 9 : 0)),
      );
    }),
  );
});

test('without keys, an offer is plain, and everything else stays', () => {
  fc.assert(
    fc.property(offers, (lines) => {
      const plain = withoutKeys(text(lines));
      assert.equal(protectionOf(plain), 'plain');
      const rest = (all: readonly string[]) =>
        all.filter((line) => !KEYS.test(line) && !line.startsWith('m='));
      assert.deepEqual(rest(plain.trimEnd().split('\r\n')), rest(lines));
    }),
  );
});

test('with the keys of an answer, an offer is encrypted, and everything else stays', () => {
  const key = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj';
  fc.assert(
    fc.property(offers, (lines) => {
      const plain = withoutKeys(text(lines));
      const encrypted = withKeysOf(text(['v=0', 'm=audio 4000 RTP/SAVP 0', key]), plain);
      assert.equal(protectionOf(encrypted), 'encrypted');
      assert.equal(withoutKeys(encrypted), plain);
    }),
  );
});

test('optional keys can be required, and made optional again', () => {
  fc.assert(
    fc.property(offers, (lines) => {
      const optional = makeKeysOptional(text(lines));
      const required = requireKeys(optional);
      if (lines.some((line) => line.startsWith('a=crypto'))) {
        assert.deepEqual([protectionOf(optional), protectionOf(required)], ['optional', 'encrypted']);
        assert.equal(required, text(lines));
      } else assert.equal(required, optional);
    }),
  );
});

test('a phone receives as expected with the same description, and not with another address, profile, key or payload type', () => {
  const changes: Readonly<Record<string, (sdp: string) => string>> = {
    port: (sdp) => sdp.replace('m=audio 4000', 'm=audio 4002'),
    address: (sdp) => sdp.replace(/c=IN IP(4|6) \S+/, 'c=IN IP4 192.0.2.9'),
    profile: (sdp) => sdp.replace('RTP/AVP', 'RTP/SAVP'),
    key: (sdp) => sdp.replace(/inline:d0Rm/, 'inline:AAAA'),
    fingerprint: (sdp) => sdp.replace('6A:40', '6A:41'),
    'user fragment': (sdp) => sdp.replace('a=ice-ufrag:F7', 'a=ice-ufrag:G7'),
    password: (sdp) => sdp.replace('a=ice-pwd:x9', 'a=ice-pwd:y9'),
    'payload type': (sdp) => sdp.replace('a=rtpmap:96 opus', 'a=rtpmap:98 opus'),
  };
  fc.assert(
    fc.property(offers, fc.constantFrom(...Object.values(changes)), (lines, change) => {
      const expected = text(lines);
      assert.ok(isAsExpected(expected, expected));
      assert.equal(isAsExpected(change(expected), expected), change(expected) === expected);
    }),
  );
});
