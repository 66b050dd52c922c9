import { joinLines, readStreams, type Stream, valuesOf } from './streams.ts';

/** How a description protects its media: not at all, with keys that the other phone may ignore, or always. */
export type Protection = 'plain' | 'optional' | 'encrypted';

/** Attributes of keys: RFC 4568, RFC 5763, RFC 8842. */
const KEYS = /^a=(crypto|fingerprint|setup|tls-id):/;
/** Attributes with keys or addresses that the other phone must know before media flows. */
const HANDSHAKES = ['crypto', 'fingerprint', 'ice-ufrag'];

export function protectionOf(offer: string): Protection {
  const streams = readStreams(offer);
  if (streams.some(({ profile }) => isSecure(profile))) return 'encrypted';
  return streams.some(hasKeys) ? 'optional' : 'plain';
}

/**
 * Whether a phone makes keys (SDES, DTLS) or finds paths (ICE) together with the phone whose answer it gets first. Many such phones
 * never replace the first keys that they get.
 */
export function bindsToFirstAnswer(offer: string): boolean {
  return readStreams(offer).some((stream) =>
    HANDSHAKES.some((name) => valuesOf(stream, name, true).length > 0),
  );
}

/** The offer without encryption: everything else stays. */
export function withoutKeys(offer: string): string {
  return rewrite(offer, (line) => (KEYS.test(line) ? [] : [line]), plainProfile);
}

/** The offer with the keys of another description of the same phone, which has them. */
export function withKeysOf(answer: string, offer: string): string {
  const keys = readStreams(answer).map((stream) => valuesOf(stream, 'crypto'));
  return joinLines(
    sectionsOf(offer).flatMap(({ lines, index }) => [
      ...lines.map((line) => (keys[index]?.length ? withProfile(line, secureProfile) : line)),
      ...(keys[index] ?? []).map((value) => `a=crypto:${value}`),
    ]),
  );
}

/** Makes encryption required where it is optional (RTP/AVP with keys), for phones that accept keys with RTP/SAVP only. */
export function requireKeys(sdp: string): string {
  return rewriteProfiles(sdp, secureProfile);
}

/** The opposite of `requireKeys`. */
export function makeKeysOptional(sdp: string): string {
  return rewriteProfiles(sdp, plainProfile);
}

function rewriteProfiles(sdp: string, profileOf: (profile: string) => string): string {
  const streams = readStreams(sdp);
  return joinLines(
    sectionsOf(sdp).flatMap(({ lines, index }) => {
      const stream = streams[index];
      return stream && hasKeys(stream) ? lines.map((line) => withProfile(line, profileOf)) : lines;
    }),
  );
}

function rewrite(
  sdp: string,
  lineOf: (line: string) => readonly string[],
  profileOf: (profile: string) => string,
): string {
  return joinLines(
    sectionsOf(sdp).flatMap(({ lines }) => lines.flatMap(lineOf).map((line) => withProfile(line, profileOf))),
  );
}

/** The session's lines, with index -1, and those of each stream. */
function sectionsOf(sdp: string): { readonly lines: readonly string[]; readonly index: number }[] {
  const streams = readStreams(sdp);
  const session = sdp
    .split(/^m=/m, 1)
    .join()
    .split(/\r?\n/)
    .filter((line) => line !== '');
  return [{ lines: session, index: -1 }, ...streams.map(({ lines }, index) => ({ lines, index }))];
}

function withProfile(line: string, profileOf: (profile: string) => string): string {
  return line.replace(
    /^(m=\S+ \S+ )(\S+)/,
    (_, start: string, profile: string) => start + profileOf(profile),
  );
}

function hasKeys(stream: Stream): boolean {
  return valuesOf(stream, 'crypto').length > 0;
}

function isSecure(profile: string): boolean {
  return /\bSAVPF?$/.test(profile);
}

function secureProfile(profile: string): string {
  return profile.replace(/^RTP\/AVP/, 'RTP/SAVP');
}

/** RFC 5764 section 8: DTLS has profiles of its own. */
function plainProfile(profile: string): string {
  return profile.replace(/^(?:UDP\/TLS\/)?RTP\/SAVP/, 'RTP/AVP');
}
