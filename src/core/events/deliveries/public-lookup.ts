import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isPublicAddress } from './sink-url.ts';

/** At least one address that a name resolves to is not public. */
export class AddressNotPublic extends Error {}

type LookupCallback = (error: Error | null, addresses: string | LookupAddress[], family?: number) => void;

/**
 * Resolves a name for one connection, which then uses one of the addresses checked here. So an earlier or later change of
 * the name in DNS has no effect (DNS rebinding).
 */
export function lookUpPublic(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error) callback(error, []);
    else if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
      callback(new AddressNotPublic(`${hostname} is not public`), []);
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}
