import type { CarrierParts } from '../carrier.ts';
import type { LegName } from './outcomes.ts';

/** What is to be ended, and how. */
export interface Goodbye {
  readonly leg: LegName;
  /** @returns whether the phone knows */
  say(): Promise<boolean>;
}

/**
 * Ends legs of a call. Never rejects: a phone that cannot be told, for whatever reason, keeps nobody from telling the others.
 * @returns those whose phones know
 */
export async function tellPhones(
  callId: string,
  goodbyes: readonly Goodbye[],
  log: Pick<CarrierParts['log'], 'warn' | 'error'>,
): Promise<readonly LegName[]> {
  const each = await Promise.all(
    goodbyes.map(async ({ leg, say }) => {
      const knows = await say().catch((err) => {
        log.error({ err, callId, leg }, 'a phone could not be told of the end of its call');
        return false;
      });
      if (!knows) log.warn({ callId, leg }, 'a phone has not been heard to know of the end of its call');
      return knows ? [leg] : [];
    }),
  );
  return each.flat();
}
