import type { CarrierParts } from '../carrier.ts';

/**
 * Ends legs of a call. Resolves when all phones know, or cannot be told; never rejects: one that cannot be told, for whatever
 * reason, keeps nobody from telling the others.
 */
export async function tellPhones(
  callId: string,
  goodbyes: readonly (() => Promise<void>)[],
  log: Pick<CarrierParts['log'], 'error'>,
): Promise<void> {
  const told = await Promise.allSettled(goodbyes.map(async (tell) => tell()));
  for (const each of told) {
    if (each.status === 'rejected')
      log.error({ err: each.reason, callId }, 'a phone could not be told of the end of its call');
  }
}
