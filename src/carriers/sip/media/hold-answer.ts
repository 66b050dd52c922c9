import { createHash, randomBytes } from 'node:crypto';
import { addressOf, joinLines, readStreams, type Stream, valuesOf } from './streams.ts';

/** Attributes of a stream that its answer repeats: what a payload type means, and how streams share ports. */
const REPEATED = /^a=(rtpmap|fmtp|mid|rtcp-mux)\b/;
/** The discard port (RFC 863): nothing is sent to an inactive stream. */
const DISCARD = 9;

/**
 * Answers a phone's offer before the other phone is known: each RTP stream is accepted with its profile and formats, but inactive
 * (RFC 3264 section 6.1), and with keys of the kind that the phone offers, because phones that require encryption refuse an answer
 * without. The keys are random and never used. The leg replaces the origin.
 */
export function holdAnswer(offer: string): string {
  const streams = readStreams(offer);
  const groups = (streams[0]?.session ?? []).filter((line) => line.startsWith('a=group:'));
  const family = streams.some((stream) => addressOf(stream).startsWith('IN IP6')) ? 'IP6 ::' : 'IP4 0.0.0.0';
  return joinLines([
    ...['v=0', 'o=- 1 1 IN IP4 0.0.0.0', 's=-', `c=IN ${family}`, 't=0 0'],
    ...groups,
    ...streams.flatMap(holdStream),
  ]);
}

function holdStream(stream: Stream): string[] {
  const { media, port, profile, formats, lines } = stream;
  const repeated = lines.filter((line) => REPEATED.test(line));
  if (port === 0 || !/\bRTP\//.test(profile))
    return [
      `m=${media} 0 ${profile} ${formats.join(' ')}`,
      ...repeated.filter((line) => /^a=mid/.test(line)),
    ];
  return [
    `m=${media} ${DISCARD} ${profile} ${formats.join(' ')}`,
    ...repeated,
    ...keysFor(stream),
    'a=inactive',
  ];
}

function keysFor(stream: Stream): string[] {
  if (valuesOf(stream, 'fingerprint', true).length > 0) {
    // the phone waits for a handshake that never begins, unless it insists on beginning it
    const role = valuesOf(stream, 'setup', true)[0] === 'active' ? 'passive' : 'active';
    return [`a=fingerprint:sha-256 ${randomFingerprint()}`, `a=setup:${role}`];
  }
  const [crypto] = valuesOf(stream, 'crypto');
  return crypto === undefined ? [] : [`a=crypto:${withRandomKey(crypto)}`];
}

/** The same tag and suite (RFC 4568 section 5.1.2), with another key of the same length. */
function withRandomKey(crypto: string): string {
  const [tag = '', suite = '', keys = ''] = crypto.split(/\s+/);
  const key = /^inline:([A-Za-z0-9+/=]+)/.exec(keys)?.[1] ?? '';
  const other = randomBytes(Buffer.from(key, 'base64').length).toString('base64');
  return `${tag} ${suite} inline:${other}`;
}

function randomFingerprint(): string {
  const digest = createHash('sha256').update(randomBytes(32)).digest('hex').toUpperCase();
  return (digest.match(/../g) ?? []).join(':');
}
