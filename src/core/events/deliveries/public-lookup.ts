import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { isPublicAddress } from './sink-url.ts';

/** What a name resolves to is not, or not all, public. */
export class AddressNotPublic extends Error {}

type Answer = (error: Error | null, found: string | LookupAddress[], family?: number) => void;

/**
 * Looks a name up for one connection, which then goes to an address of those that were judged here, and to no other: what
 * the name resolves to before or after does not matter.
 */
export function lookUpPublic(hostname: string, options: LookupOptions, answer: Answer): void {
  lookup(hostname, { ...options, all: true }, (error, found) => {
    const [first] = found ?? [];
    if (error) answer(error, []);
    else if (!first || !found.every(({ address }) => isPublicAddress(address)))
      answer(new AddressNotPublic(`${hostname} is not public`), []);
    else if (options.all) answer(null, found);
    else answer(null, first.address, first.family);
  });
}
