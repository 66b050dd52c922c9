import { addressOf, readStreams, type Stream, valuesOf } from './streams.ts';

/** Attributes with which a phone says how media reaches it: other values need another exchange with the other phone. */
const RECEPTION = ['fingerprint', 'tls-id', 'ice-ufrag', 'ice-pwd'] as const;

/**
 * Whether a phone that answers still receives media where, and how, the other phone expects: same addresses, keys and payload types.
 * @param answer the phone's last answer
 * @param expected its description that the other phone has
 */
export function isAsExpected(answer: string, expected: string): boolean {
  const before = readStreams(expected);
  return readStreams(answer).every((stream, index) => {
    const known = before[index];
    if (stream.port === 0) return true;
    return known !== undefined && known.port !== 0 && isSameReception(stream, known);
  });
}

/** Whether two descriptions of a phone differ at most in their origin and name. */
export function isSameMedia(sdp: string, other: string): boolean {
  return mediaOf(sdp) === mediaOf(other);
}

function mediaOf(sdp: string): string {
  return sdp.replace(/^[vos]=.*\r?\n/gm, '');
}

function isSameReception(stream: Stream, known: Stream): boolean {
  return (
    stream.profile === known.profile &&
    stream.port === known.port &&
    addressOf(stream) === addressOf(known) &&
    RECEPTION.every((name) => isSame(valuesOf(stream, name, true), valuesOf(known, name, true))) &&
    isWithin(valuesOf(stream, 'crypto'), valuesOf(known, 'crypto'), keyOf) &&
    isWithin(dynamicTypes(stream), valuesOf(known, 'rtpmap'), codecOf)
  );
}

/** An answer without the attribute does not use the mechanism, and neither does the other phone then. */
function isSame(values: readonly string[], known: readonly string[]): boolean {
  return values.length === 0 || values.join() === known.join();
}

function isWithin(
  values: readonly string[],
  known: readonly string[],
  essence: (value: string) => string,
): boolean {
  const all = new Set(known.map(essence));
  return values.every((value) => all.has(essence(value)));
}

/** Tag, suite and key without lifetime and parameters (RFC 4568 section 9.1). */
function keyOf(crypto: string): string {
  return crypto.split(/[\s|]+/, 3).join(' ');
}

/** RFC 3551 assigns the payload types below 96. */
function dynamicTypes(stream: Stream): readonly string[] {
  return valuesOf(stream, 'rtpmap').filter((value) => Number.parseInt(value, 10) >= 96);
}

/** Encoding names are not case-sensitive, and one channel is the default (RFC 8866 section 6.6). */
function codecOf(rtpmap: string): string {
  return rtpmap.toLowerCase().replace(/\/1$/, '');
}
