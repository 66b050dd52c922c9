import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Identifies an address that a process has bound, with the machine since its start and the network namespace: another process that has
 * bound the same one can only be a former one. Addresses such as 127.0.0.1 and 10.0.0.1 exist on many machines and in many containers.
 * @returns undefined on systems that do not tell
 */
export function exclusiveAddress(address: string): string | undefined {
  try {
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${bootId} ${readlinkSync('/proc/self/ns/net')} ${address}`;
  } catch {
    return undefined; // not Linux
  }
}
