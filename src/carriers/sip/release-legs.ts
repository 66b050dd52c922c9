import type { UserAgent } from '@clicktocall/sip';
import type { CarrierDeps, LegName } from '../carrier.ts';
import type { LegWriter } from './leg-writer.ts';

export interface LegDeps extends Pick<CarrierDeps, 'database' | 'nodeId' | 'log'> {
  readonly agent: UserAgent;
  readonly writer: LegWriter;
}

/** A leg to end. */
export interface LegToRelease {
  readonly leg: LegName;
  /** @returns whether the phone confirmed the end */
  hangUp(): Promise<boolean>;
}

/**
 * Ends legs of one call. Never rejects: a leg that cannot be ended does not affect the others.
 * @returns those whose phones confirmed the end
 */
export async function releaseLegs<T extends LegToRelease>(
  callId: string,
  legs: readonly T[],
  log: Pick<CarrierDeps['log'], 'warn' | 'error'>,
): Promise<readonly T[]> {
  const confirmed = await Promise.all(
    legs.map(async (each) => {
      const { leg } = each;
      try {
        if (await each.hangUp()) return [each];
        log.warn({ callId, leg }, 'sip: BYE or CANCEL was not confirmed; will retry');
      } catch (err) {
        log.error({ err, callId, leg }, 'sip: failed to send BYE or CANCEL; will retry');
      }
      return [];
    }),
  );
  return confirmed.flat();
}
