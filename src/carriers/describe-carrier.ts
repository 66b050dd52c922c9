import type { CarrierConfig } from './create-carriers.ts';
import { SIMULATOR } from './simulator.ts';

/** The configured carrier and its route, in one line for the operator; without passwords. */
export function describeCarrier({ carrier, sip, ari }: CarrierConfig): string {
  if (sip) {
    const { protocol, host, port } = sip.listen;
    const at = `${protocol}:${host}:${port === 0 ? 'any port' : port}`;
    return `sip, ${at}, ${sip.proxy === undefined ? 'directly to each address' : `through ${withoutUser(sip.proxy)}`}`;
  }
  if (ari) return `ari at ${ari.url}`;
  if (carrier === SIMULATOR) return 'simulator: no phone rings';
  return 'session: no phone rings (set CARRIER to make calls)';
}

/** The part before the host may contain a password (RFC 3261 section 19.1.1). */
function withoutUser(uri: string): string {
  return uri.replace(/^(sips?:)[^@]*@/, '$1');
}
