/** Common codecs of phones and trunks (RFC 3551), and keys. The callee is offered those that the caller accepts. */
const CODECS = [
  ['9', 'G722/8000'],
  ['8', 'PCMA/8000'],
  ['0', 'PCMU/8000'],
  ['18', 'G729/8000'],
  ['101', 'telephone-event/8000'],
] as const;

/**
 * The offer that a caller answers before the callee is called: audio on hold (RFC 3264 sections 5.1 and 8.4). The leg
 * replaces its origin.
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

/** Turns the answer to the held offer into an offer to talk. */
export function withoutHold(sdp: string): string {
  return sdp.replace(/^a=(inactive|sendonly|recvonly)\r?\n/gm, '');
}

/** Where media must be sent: the address and port of each stream. */
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
