import { hostOf } from '@clicktocall/sip/uri';
import type { DiallingPolicy } from '../../core/phone-numbers/dialling-policy.ts';

/** The user part, without its parameters (RFC 3261 section 19.1.1). */
const USER = /^sips?:([^;@]*)[^@]*@/i;

/**
 * Whether a phone or a trunk may redirect a call (302): only to its own host, because no other one is configured, and only to numbers
 * that the dialling rules allow, because a call costs money wherever it goes.
 * @param from the SIP URI that was called
 */
export async function mayRedirect(from: string, to: string, { judge }: DiallingPolicy): Promise<boolean> {
  const bare = (uri: string) => hostOf(uri).replace(/:\d+$/, '').toLowerCase();
  if (bare(from) !== bare(to)) return false;
  const user = decode(USER.exec(to)?.[1] ?? '');
  return user !== undefined && (await judge(user)) === undefined;
}

function decode(user: string): string | undefined {
  try {
    return decodeURIComponent(user);
  } catch {
    return undefined;
  }
}
