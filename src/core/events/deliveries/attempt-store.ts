import { ADVISORY_LOCKS } from '../../../platform/database/advisory-locks.ts';
import type { Queryable } from '../../../platform/database/database.ts';
import type { CallEvent } from '../call-event.ts';
import { EVENT } from '../event-row.ts';
import type { SendResult } from './sender.ts';

/** A delivery that this node may attempt, until the attempt counts as lost. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly destination: string;
  /** Identifies the attempt. */
  readonly attempt: string;
}

export interface WebhookDestination {
  readonly id: string;
  readonly url: string;
  /** Sealed; the current secret first, then the previous one while it is still valid. */
  readonly secrets: readonly Buffer[];
}

export interface SinkDestination {
  readonly url: string;
  /** Sealed; null for a sink without credential. */
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean;
}

/** A claimed delivery with what its attempt needs: an event for either a webhook or a sink. */
export interface DueDelivery {
  readonly id: string;
  readonly attempt: string;
  /** Failed attempts so far. */
  readonly failures: number;
  readonly event: CallEvent;
  readonly webhook: WebhookDestination | undefined;
  readonly sink: SinkDestination | undefined;
}

/** Limits of a claim. Times are in seconds. */
export interface ClaimLimits {
  readonly deliveries: number;
  /** Attempts to one destination, of all nodes. */
  readonly perDestination: number;
  /** After this time an attempt counts as lost, and the delivery becomes due again. */
  readonly lostAfter: number;
}

/**
 * Claims due deliveries, each the first open one of its lane.
 * @param after the destination claimed last; the claim begins with the one after it, so that each gets its turn
 */
export function claimDeliveries(
  db: Queryable,
  limits: ClaimLimits,
  after: string,
): Promise<ClaimedDelivery[]> {
  return db.query<ClaimedDelivery>(
    {
      name: 'claim_deliveries',
      text: `SELECT id, destination, attempt::text
               FROM claim_deliveries($1, $2, $3, $4, make_interval(secs => $5))`,
      locks: true,
    },
    [ADVISORY_LOCKS.deliveryClaim, limits.deliveries, limits.perDestination, after, limits.lostAfter],
  );
}

type DueRow = CallEvent & {
  readonly deliveryId: string;
  readonly attempt: string;
  readonly failures: number;
  readonly webhookId: string | null;
  readonly webhookUrl: string | null;
  readonly secret: Buffer | null;
  readonly oldSecret: Buffer | null;
  readonly sink: string | null;
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean | null;
};

/**
 * Reads claimed deliveries; omits those that were removed since, or whose webhook was. A statement of its own: the one that
 * claims waits for other nodes, and would join the events of an earlier time.
 */
export async function findClaimed(
  db: Queryable,
  claimed: readonly ClaimedDelivery[],
): Promise<DueDelivery[]> {
  const rows = await db.query<DueRow>(
    {
      name: 'claimed_deliveries',
      text: `SELECT d.id AS "deliveryId", d.attempt_at::text AS attempt, d.failures, ${EVENT},
                    d.webhook_id AS "webhookId", w.url AS "webhookUrl", w.secret,
                    CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS "oldSecret",
                    c.sink, c.sink_token AS token, c.sink_token_expires_at AS "tokenExpiresAt",
                    c.sink_token_expires_at <= clock_timestamp() AS "tokenExpired"
               FROM unnest($1::bigint[], $2::timestamptz[]) AS claimed (id, attempt)
               JOIN deliveries d ON d.id = claimed.id AND d.attempt_at = claimed.attempt
               JOIN call_events e ON e.id = d.event_id
               JOIN calls c ON c.id = d.call_id
               LEFT JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
              WHERE d.webhook_id IS NULL OR w.id IS NOT NULL`,
    },
    [claimed.map(({ id }) => id), claimed.map(({ attempt }) => attempt)],
  );
  return rows.map(toDueDelivery);
}

function toDueDelivery(row: DueRow): DueDelivery {
  const { deliveryId, attempt, failures, webhookId, webhookUrl, secret, oldSecret, ...rest } = row;
  const { sink, token, tokenExpiresAt, tokenExpired, ...event } = rest;
  return {
    id: deliveryId,
    attempt,
    failures,
    event,
    webhook:
      webhookId === null || webhookUrl === null
        ? undefined
        : { id: webhookId, url: webhookUrl, secrets: [secret, oldSecret].filter((each) => each !== null) },
    sink:
      webhookId !== null || sink === null
        ? undefined
        : { url: sink, token, tokenExpiresAt, tokenExpired: tokenExpired === true },
  };
}

/** The result of an attempt, and what decides the new state of its delivery. */
export interface AttemptResult extends Omit<SendResult, 'ok' | 'timedOut'> {
  readonly at: Date;
  /** Another attempt would fail as well. */
  readonly permanent: boolean;
  /** Seconds from the first attempt until the delivery is parked. */
  readonly parkAfter: number;
  /** Seconds until the next attempt. */
  readonly retryAfter: number;
}

/** Logs an attempt and sets the new state of its delivery; ignores an obsolete attempt. */
export async function settleAttempt(
  db: Queryable,
  { id, attempt }: Pick<DueDelivery, 'id' | 'attempt'>,
  result: AttemptResult,
): Promise<void> {
  await db.query(
    {
      name: 'settle_attempt',
      text: `SELECT settle_attempt($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8), make_interval(secs => $9))`,
      locks: true,
    },
    [
      id,
      attempt,
      result.at,
      result.milliseconds,
      result.status,
      result.problem,
      result.permanent,
      result.parkAfter,
      result.retryAfter,
    ],
  );
}
