import { randomBytes } from 'node:crypto';
import { joinLines, readStreams } from './streams.ts';

/** Codecs of phones and trunks: RFC 3551, RFC 7587 (Opus), RFC 3952 (iLBC), and keys (RFC 4733). */
const CODECS = [
  ['96', 'opus/48000/2'],
  ['9', 'G722/8000'],
  ['8', 'PCMA/8000'],
  ['0', 'PCMU/8000'],
  ['18', 'G729/8000'],
  ['97', 'iLBC/8000'],
  ['101', 'telephone-event/8000'],
  ['102', 'telephone-event/48000'],
] as const;

/** RFC 4568 section 6.2, and the length of their keys with salt in bytes. */
const SUITES = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32'];
const KEY_LENGTH = 30;

/**
 * An offer of audio on hold (RFC 3264 sections 5.1 and 8.4), for a phone that must answer before the other phone is known. The leg
 * replaces its origin.
 * @param before the phone's last description: an offer keeps the number and order of its streams (RFC 3264 section 8)
 */
export function heldOffer(protection: 'plain' | 'encrypted', before?: string): string {
  const audio = heldAudio(protection);
  const streams = before === undefined ? [] : readStreams(before);
  const first = streams.findIndex(({ media }) => media === 'audio');
  const rejected = streams.map(({ media, profile, formats }) => [
    `m=${media} 0 ${profile} ${formats.join(' ')}`,
  ]);
  return joinLines([
    ...['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', 'c=IN IP4 0.0.0.0', 't=0 0'],
    ...(first < 0 ? [...rejected, audio] : rejected.with(first, audio)).flat(),
  ]);
}

function heldAudio(protection: 'plain' | 'encrypted'): string[] {
  const profile = protection === 'encrypted' ? 'RTP/SAVP' : 'RTP/AVP';
  return [
    `m=audio 9 ${profile} ${CODECS.map(([type]) => type).join(' ')}`,
    ...CODECS.map(([type, name]) => `a=rtpmap:${type} ${name}`),
    ...['a=fmtp:97 mode=30', 'a=fmtp:101 0-15', 'a=fmtp:102 0-15'],
    ...(protection === 'encrypted' ? SUITES.map(cryptoLine) : []),
    'a=inactive',
  ];
}

function cryptoLine(suite: string, index: number): string {
  return `a=crypto:${index + 1} ${suite} inline:${randomBytes(KEY_LENGTH).toString('base64')}`;
}

/**
 * Turns a phone's answer to a held offer, or the offer of a phone on hold, into an offer to talk. Only streams that are inactive
 * were held by this node; other directions are the phone's own wish.
 */
export function withoutHold(sdp: string): string {
  return sdp.replace(/^a=inactive\r?\n/gm, '');
}
