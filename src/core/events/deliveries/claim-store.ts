import { ADVISORY_LOCKS } from '../../../platform/database/advisory-locks.ts';
import type { Queryable } from '../../../platform/database/database.ts';

/** A delivery that this node may attempt, until the attempt counts as lost. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly clientId: string;
  /** The host, a space, and the webhook or the sink's address. */
  readonly destination: string;
  /** Identifies the attempt. */
  readonly attempt: string;
}

/** Limits of a claim. Times are in seconds. */
export interface ClaimLimits {
  /** Simultaneous attempts of this node. */
  readonly places: number;
  /** Attempts of one client to one host, of all nodes. */
  readonly perReceiver: number;
  /** After this time an attempt counts as lost, and the delivery becomes due again. */
  readonly lostAfter: number;
  /** From the first attempt, or the first pause, until a paused delivery is parked. */
  readonly parkAfter: number;
}

/** What decides who gets the next place of this node. */
export interface NodeShare {
  /** The attempts of this node. */
  readonly running: readonly Pick<ClaimedDelivery, 'clientId' | 'destination'>[];
  /** The destination that this node claimed last, by client. */
  readonly turns: ReadonlyMap<string, string>;
}

/** Ids of clients: a round visits those after `start`, and then the others. The next claim begins after `after`. */
export interface Round {
  readonly start: string;
  readonly after: string;
}

export interface Claim {
  readonly claimed: readonly ClaimedDelivery[];
  /** The last client that was visited; null if all were, or this node has no more places. */
  readonly continueAfter: string | null;
}

/**
 * Claims due deliveries, each the first open one of its lane, and shares the places among clients and receivers. Takes a short
 * time, so that other nodes can claim: many clients need several claims in a round.
 */
export async function claimDeliveries(
  db: Queryable,
  limits: ClaimLimits,
  { running, turns }: NodeShare,
  { start, after }: Round,
): Promise<Claim> {
  const [claim] = await db.query<Claim>(
    {
      name: 'claim_deliveries',
      text: `SELECT claimed, continue_after AS "continueAfter"
               FROM claim_deliveries($1, $2, $3, make_interval(secs => $4), make_interval(secs => $5), $6, $7, $8, $9, $10, $11)`,
      locks: true,
    },
    [
      ADVISORY_LOCKS.deliveryClaim,
      limits.places,
      limits.perReceiver,
      limits.lostAfter,
      limits.parkAfter,
      running.map(({ clientId }) => clientId),
      running.map(({ destination }) => destination.split(' ', 1)[0]),
      [...turns.keys()],
      [...turns.values()],
      ...[start, after],
    ],
  );
  if (!claim) throw new Error('claim_deliveries returned no row');
  return claim;
}
