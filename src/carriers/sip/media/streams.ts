/** One stream of a session description (RFC 8866 section 5.14). */
export interface Stream {
  /** `audio`, `video`, `image` … */
  readonly media: string;
  /** 0: the stream is rejected (RFC 3264 section 6). */
  readonly port: number;
  /** `RTP/AVP`, `RTP/SAVP`, `UDP/TLS/RTP/SAVPF` … */
  readonly profile: string;
  /** Payload types, for RTP. */
  readonly formats: readonly string[];
  /** All lines, the first of which begins with `m=`. */
  readonly lines: readonly string[];
  /** The lines before the first stream, which apply to all of them. */
  readonly session: readonly string[];
}

export function readStreams(sdp: string): readonly Stream[] {
  const [session = [], ...streams] = sdp
    .split(/^(?=m=)/m)
    .map((part) => part.split(/\r?\n/).filter((line) => line !== ''));
  return streams.map((lines) => {
    const [media = '', port = '', profile = '', ...formats] = (lines[0] ?? '').slice(2).split(' ');
    return { media, port: Number.parseInt(port, 10), profile, formats, lines, session };
  });
}

/** Whether a phone accepted none of the streams. */
export function isRejected(answer: string): boolean {
  return readStreams(answer).every(({ port }) => port === 0);
}

/** The values of an attribute of a stream. @param inherited whether it may be an attribute of the session instead */
export function valuesOf({ lines, session }: Stream, name: string, inherited = false): readonly string[] {
  const own = valuesIn(lines, name);
  return own.length > 0 || !inherited ? own : valuesIn(session, name);
}

/** `IN IP4 192.0.2.1`: where the stream is received. */
export function addressOf({ lines, session }: Stream): string {
  const [line = ''] = [...lines, ...session].filter((each) => each.startsWith('c='));
  return line.slice(2);
}

/** A description of these lines. */
export function joinLines(lines: readonly string[]): string {
  return `${lines.join('\r\n')}\r\n`;
}

function valuesIn(lines: readonly string[], name: string): string[] {
  const prefix = `a=${name}`;
  return lines.flatMap((line) => {
    if (line === prefix) return [''];
    return line.startsWith(`${prefix}:`) ? [line.slice(prefix.length + 1)] : [];
  });
}
