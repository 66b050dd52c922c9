import { networksOf } from '../../../platform/networks.ts';

/** A document that is being read. */
export interface DocumentRead {
  /** Host and port of the document. */
  readonly host: string;
  /** The networks of the request that needs the document, the smallest first; none if the server itself needs it. */
  readonly networks: readonly string[];
}

/** How many documents a node reads at once. */
const MAX_READS = 32;
const MAX_READS_OF_HOST = 4;
/** For a network and the larger ones around it (networks.ts): one attacker alone cannot use all reads. */
const MAX_READS_FOR_NETWORK = [4, 8, 16];

/** @param ipAddress of the request that needs the document; undefined if the server itself needs it */
export function createRead(address: string, ipAddress: string | undefined): DocumentRead {
  return { host: new URL(address).host, networks: ipAddress === undefined ? [] : networksOf(ipAddress) };
}

/** @returns why one more document cannot be read now, such as `too many documents are being read now`; undefined if it can */
export function findReadProblem(reads: ReadonlySet<DocumentRead>, next: DocumentRead): string | undefined {
  const count = (isSame: (read: DocumentRead) => boolean) => [...reads].filter(isSame).length;
  if (count(({ host }) => host === next.host) >= MAX_READS_OF_HOST)
    return 'too many documents of its host are being read';
  for (const [index, limit] of MAX_READS_FOR_NETWORK.entries()) {
    const network = next.networks[index];
    if (network !== undefined && count(({ networks }) => networks[index] === network) >= limit)
      return 'too many documents are being read for your network';
  }
  return reads.size >= MAX_READS ? 'too many documents are being read now' : undefined;
}
