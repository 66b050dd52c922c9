import { promises as dns, type LookupAddress, type LookupOptions } from 'node:dns';
import { isPublicAddress } from './public-addresses.ts';

/** At least one address that a name resolves to is not public. */
export class AddressNotPublic extends Error {}

type LookupCallback = (error: Error | null, addresses: string | LookupAddress[], family?: number) => void;

/**
 * Resolves a name for one connection, which then uses one of the addresses checked here. So an earlier or later change of
 * the name in DNS has no effect (DNS rebinding).
 */
export function lookUpPublic(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  resolve(hostname).then(
    (addresses) => {
      const [first] = addresses;
      if (!first || !addresses.every(({ address }) => isPublicAddress(address)))
        callback(new AddressNotPublic(`${hostname} is not public`), []);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    },
    (error) => callback(error, []),
  );
}

/**
 * Asks the name servers. `dns.lookup` would hold one of four threads until they answer, and passwords are hashed on the same
 * threads: a client with a slow name server could stop everybody's sign-ins.
 * @throws Error with the code ENOTFOUND or EAI_AGAIN, as `dns.lookup`
 */
async function resolve(hostname: string): Promise<LookupAddress[]> {
  const answers = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)]);
  const addresses = answers.flatMap((answer, index) =>
    answer.status === 'fulfilled'
      ? answer.value.map((address) => ({ address, family: index === 0 ? 4 : 6 }))
      : [],
  );
  if (addresses.length > 0) return addresses;
  const missing = answers.every((answer) => answer.status === 'rejected' && isMissing(answer.reason));
  throw Object.assign(new Error(`failed to resolve ${hostname}`), {
    code: missing ? 'ENOTFOUND' : 'EAI_AGAIN',
  });
}

/** Whether a name server answered that the name does not exist, or has no such address. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')
  );
}
