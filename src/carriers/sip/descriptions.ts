/** What phones and trunks commonly speak (RFC 3551), and keys: the callee will be offered what the caller takes of it. */
const CODECS = [
  ['9', 'G722/8000'],
  ['8', 'PCMA/8000'],
  ['0', 'PCMU/8000'],
  ['18', 'G729/8000'],
  ['101', 'telephone-event/8000'],
] as const;

/**
 * The offer that a caller answers before there is a callee: audio, but none yet (RFC 3264 sections 5.1 and 8.4).
 * Its lines of origin are the leg's business.
 */
export function heldOffer(): string {
  return lines([
    'v=0',
    'o=- 1 1 IN IP4 0.0.0.0',
    's=-',
    'c=IN IP4 0.0.0.0',
    't=0 0',
    `m=audio 9 RTP/AVP ${CODECS.map(([type]) => type).join(' ')}`,
    ...CODECS.map(([type, name]) => `a=rtpmap:${type} ${name}`),
    'a=fmtp:101 0-15',
    'a=inactive',
  ]);
}

/** A description that answered the held offer, as an offer to talk. */
export function live(sdp: string): string {
  return sdp.replace(/^a=(inactive|sendonly|recvonly)\r?\n/gm, '');
}

/** Where a description wants media to be sent: of each stream the address and the port. */
export function destinationsOf(sdp: string): string {
  const [session = '', ...streams] = sdp.split(/^(?=m=)/m);
  const addressIn = (part: string) => /^c=(\S+ \S+ \S+)/m.exec(part)?.[1];
  return streams
    .map((stream) => `${addressIn(stream) ?? addressIn(session)} ${/^m=\w+ (\d+)/.exec(stream)?.[1]}`)
    .join(', ');
}

function lines(all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`;
}
