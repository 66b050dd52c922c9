import type { Queryable } from '../../../platform/database/database.ts';
import type { CallEvent } from '../call-event.ts';
import { EVENT } from '../event-row.ts';
import type { ClaimedDelivery } from './claim-store.ts';
import type { SendResult } from './sender.ts';

/** The status of a receiver that wants no more events (RFC 9110 section 15.5.11). */
export const GONE = 410;

export interface WebhookDestination {
  readonly id: string;
  readonly clientId: string;
  readonly url: string;
  readonly disabled: boolean;
  /** Sealed; the current secret first, then the previous one while it is still valid. */
  readonly secrets: readonly Buffer[];
}

export interface SinkDestination {
  readonly url: string;
  /** Sealed; null for a sink without credential. */
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean;
  /** Of the request that opened the call. */
  readonly correlator: string;
  /** Answered 410 (Gone) to an earlier event of the call. */
  readonly gone: boolean;
}

/** An event that belongs to no call, which an owner sends to a webhook to try it out. */
export interface TestEvent {
  /** UUID */
  readonly id: string;
  readonly at: Date;
}

/** A claimed delivery with what its attempt needs: an event for a webhook or a sink, or a test event for a webhook. */
export interface DueDelivery extends ClaimedDelivery {
  /** Failed attempts so far. */
  readonly failures: number;
  readonly event: CallEvent | undefined;
  readonly test: TestEvent | undefined;
  readonly webhook: WebhookDestination | undefined;
  readonly sink: SinkDestination | undefined;
}

type DueRow = CallEvent & {
  readonly deliveryId: string;
  readonly ownerId: string;
  readonly destination: string;
  readonly attempt: string;
  readonly failures: number;
  readonly testId: string | null;
  readonly queuedAt: Date;
  readonly webhookId: string | null;
  readonly webhookUrl: string | null;
  readonly disabled: boolean | null;
  readonly secret: Buffer | null;
  readonly oldSecret: Buffer | null;
  readonly sink: string | null;
  readonly token: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  readonly tokenExpired: boolean | null;
  readonly correlator: string | null;
  readonly gone: boolean | null;
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
      text: `SELECT d.id AS "deliveryId", d.client_id AS "ownerId", d.destination, d.attempt_at::text AS attempt, d.failures,
                    d.test_id AS "testId", d.created_at AS "queuedAt", ${EVENT},
                    d.webhook_id AS "webhookId", w.url AS "webhookUrl", w.disabled_at IS NOT NULL AS disabled, w.secret,
                    CASE WHEN w.old_secret_until > now() THEN w.old_secret END AS "oldSecret",
                    c.sink, c.sink_token AS token, c.sink_token_expires_at AS "tokenExpiresAt",
                    c.sink_token_expires_at <= clock_timestamp() AS "tokenExpired", c.sink_correlator AS correlator,
                    CASE WHEN d.webhook_id IS NULL THEN
                      EXISTS (SELECT FROM deliveries o JOIN delivery_attempts a ON a.delivery_id = o.id
                               WHERE o.call_id = d.call_id AND o.destination = d.destination AND o.id < d.id
                                 AND o.state = 'stopped' AND a.status = ${GONE})
                      AND NOT EXISTS (SELECT FROM delivery_attempts a WHERE a.delivery_id = d.id) -- else it was resent
                    END AS gone
               FROM unnest($1::bigint[], $2::timestamptz[]) AS claimed (id, attempt)
               JOIN deliveries d ON d.id = claimed.id AND d.attempt_at = claimed.attempt
               LEFT JOIN call_events e ON e.id = d.event_id
               LEFT JOIN calls c ON c.id = d.call_id
               LEFT JOIN webhooks w ON w.id = d.webhook_id AND w.removed_at IS NULL
              WHERE d.webhook_id IS NULL OR w.id IS NOT NULL`,
    },
    [claimed.map(({ id }) => id), claimed.map(({ attempt }) => attempt)],
  );
  return rows.map(toDueDelivery);
}

function toDueDelivery(row: DueRow): DueDelivery {
  const { deliveryId, ownerId, destination, attempt, failures, testId, queuedAt, webhookId, ...ofReceiver } =
    row;
  const {
    webhookUrl,
    disabled,
    secret,
    oldSecret,
    sink,
    token,
    tokenExpiresAt,
    tokenExpired,
    correlator,
    gone,
    ...event
  } = ofReceiver;
  return {
    id: deliveryId,
    clientId: ownerId,
    destination,
    attempt,
    failures,
    event: testId === null ? event : undefined,
    test: testId === null ? undefined : { id: testId, at: queuedAt },
    webhook:
      webhookId === null || webhookUrl === null
        ? undefined
        : {
            id: webhookId,
            clientId: ownerId,
            url: webhookUrl,
            disabled: disabled === true,
            secrets: [secret, oldSecret].filter((each) => each !== null),
          },
    sink:
      webhookId !== null || sink === null || correlator === null
        ? undefined
        : {
            url: sink,
            token,
            tokenExpiresAt,
            tokenExpired: tokenExpired === true,
            correlator,
            gone: gone === true,
          },
  };
}

/** The result of an attempt, and what decides the new state of its delivery. Times are in seconds. */
export interface AttemptResult extends Pick<SendResult, 'status' | 'problem' | 'milliseconds' | 'timedOut'> {
  readonly at: Date;
  /** Another attempt would fail as well. */
  readonly permanent: boolean;
  /** From the first attempt until the delivery is parked. */
  readonly parkAfter: number;
  /** Until the next attempt. */
  readonly retryAfter: number;
}

/** When deliveries to a receiver that does not answer are paused. Times are in seconds. */
export interface CircuitSettings {
  /** Timeouts in a row that open the circuit. */
  readonly openAfter: number;
  readonly firstPause: number;
  readonly maxPause: number;
}

/** What an attempt changed for the other deliveries of a client to a host. */
export interface CircuitChange {
  readonly change: 'opened' | 'closed';
  readonly clientId: string;
  readonly host: string;
  /** Attempts in a row that the receiver did not answer. */
  readonly timeouts: number;
  readonly pausedUntil: Date | null;
}

/** Logs an attempt and sets the new state of its delivery; ignores an obsolete attempt. */
export async function settleAttempt(
  db: Queryable,
  { id, attempt }: Pick<DueDelivery, 'id' | 'attempt'>,
  result: AttemptResult,
  circuit: CircuitSettings,
): Promise<CircuitChange | undefined> {
  const [change] = await db.query<CircuitChange>(
    {
      name: 'settle_attempt',
      text: `SELECT change, client_id AS "clientId", host, timeouts, paused_until AS "pausedUntil"
               FROM settle_attempt($1, $2, $3, $4, $5, $6, $7, make_interval(secs => $8), make_interval(secs => $9),
                                   $10, $11, make_interval(secs => $12), make_interval(secs => $13))`,
      locks: true,
    },
    [
      ...[id, attempt, result.at, result.milliseconds, result.status, result.problem, result.permanent],
      ...[result.parkAfter, result.retryAfter],
      ...[result.timedOut, circuit.openAfter, circuit.firstPause, circuit.maxPause],
    ],
  );
  return change;
}
