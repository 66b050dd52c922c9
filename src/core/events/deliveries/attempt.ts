import type { Database } from '../../../platform/database/database.ts';
import type { Logger } from '../../../platform/logger.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { SealNotOpened } from '../../../platform/secrets/sealed-box.ts';
import { SERVER } from '../../audit/actor.ts';
import { callMessage } from '../call-message.ts';
import { changeDisabled } from '../webhooks/webhook-disabling.ts';
import { expediteDeliveries } from '../webhooks/webhook-store.ts';
import {
  type AttemptResult,
  type CircuitChange,
  type DueDelivery,
  GONE,
  settleAttempt,
  type WebhookDestination,
} from './attempt-store.ts';
import type { OutboundRequest, Sender, SendResult } from './sender.ts';
import { cloudEventRequest } from './sink-message.ts';
import { testMessage, webhookRequest } from './webhook-message.ts';

/** Seconds from the first attempt until a delivery is parked. */
export const PARK_AFTER = 3 * 24 * 3600;
/** Seconds. The wait after a failure is between the first one and twice that, and doubles with each failure. */
const FIRST_RETRY = 4;
const MAX_RETRY = 4 * 3600;
/** A hanging attempt takes 15 seconds. A receiver that recovers gets its deliveries after the longest pause at the latest. */
const CIRCUIT = { openAfter: 5, firstPause: 30, maxPause: 15 * 60 };

export interface AttemptDeps {
  readonly database: Database;
  readonly sender: Sender;
  readonly secrets: SealedBox;
  readonly eventSource: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Attempts a claimed delivery once, and records the result. After a crash before that, the delivery becomes due again, and the
 * receiver gets the same event twice.
 */
export async function attemptDelivery(
  deps: AttemptDeps,
  due: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  const at = new Date();
  const sent = await send(deps, due, signal);
  const retryAfter = waitAfter(due.failures, sent.retryAfter ?? 0);
  const result = { ...sent, at, parkAfter: PARK_AFTER, retryAfter };
  const { webhook } = due;
  // Before the result is recorded: if this fails, the attempt is repeated.
  if (webhook && isDisabled(due)) await expediteDeliveries(deps.database, webhook);
  if (webhook && sent.status === GONE) await settleGone(deps, due, webhook, result);
  else logChange(deps.log, await settleAttempt(deps.database, due, result, CIRCUIT));
}

/** Records the attempt, and disables the webhook: its receiver wants no more events. */
async function settleGone(
  { database, log }: AttemptDeps,
  due: DueDelivery,
  webhook: WebhookDestination,
  result: AttemptResult,
): Promise<void> {
  // Takes its locks in the order webhook, delivery, circuit.
  const { disabled, change } = await database.transaction(async (tx) => ({
    disabled: await changeDisabled(tx, { id: webhook.id, clientId: null, reason: 'receiverGone' }, SERVER),
    change: await settleAttempt(tx, due, result, CIRCUIT),
  }));
  logChange(log, change);
  const { id, clientId } = webhook;
  if (disabled)
    log.warn({ webhook: id, clientId }, 'webhooks: receiver answered 410 (Gone); disabled the webhook');
}

function logChange(log: AttemptDeps['log'], circuit: CircuitChange | undefined): void {
  if (!circuit) return;
  const { change, pausedUntil: until, ...receiver } = circuit;
  if (change === 'opened')
    log.warn({ ...receiver, until }, 'deliveries: receiver does not answer; paused its deliveries');
  else log.info(receiver, 'deliveries: receiver no longer times out; resumed its deliveries');
}

/**
 * @param asked seconds that the receiver asked to wait
 * @returns seconds until the next attempt, at random, so that deliveries that failed together do not return together
 */
function waitAfter(earlierFailures: number, asked: number): number {
  const own = FIRST_RETRY * 2 ** earlierFailures * (1 + Math.random());
  return Math.min(MAX_RETRY, Math.max(own, asked * (1 + Math.random() / 10)));
}

type Result = Omit<SendResult, 'ok'> & { readonly permanent: boolean };

async function send(
  { sender, secrets, eventSource }: AttemptDeps,
  due: DueDelivery,
  signal: AbortSignal,
): Promise<Result> {
  const obstacle = obstacleOf(due);
  if (obstacle) return notSent(obstacle, true);
  try {
    const sent = await sender.send(buildRequest(due, secrets, eventSource), signal);
    return { ...sent, permanent: due.test !== undefined || sent.status === GONE };
  } catch (error) {
    // Not permanent: the operator may restore the encryption key.
    if (error instanceof SealNotOpened) return notSent(error.message, due.test !== undefined);
    throw error;
  }
}

/** A disabled webhook gets test events only. */
function isDisabled({ webhook, test }: DueDelivery): boolean {
  return webhook?.disabled === true && !test;
}

/** Why a delivery is not even attempted. */
function obstacleOf(due: DueDelivery): string | undefined {
  const { sink } = due;
  if (isDisabled(due)) return 'not sent: the webhook is disabled';
  if (sink?.gone) return `not sent: the sink answered ${GONE} (Gone) to an earlier event`;
  if (sink?.tokenExpired) return `the sink's access token expired at ${sink.tokenExpiresAt?.toISOString()}`;
  return undefined;
}

function buildRequest(
  { event, test, webhook, sink }: DueDelivery,
  secrets: SealedBox,
  eventSource: string,
): OutboundRequest {
  if (webhook) {
    const openSecrets = webhook.secrets.map((secret) => secrets.open(secret, webhook.id));
    const message = test ? testMessage(test, webhook.id) : event && callMessage(event);
    if (message) return webhookRequest(message, webhook.url, openSecrets, new Date());
  }
  if (!sink || !event) throw new Error('delivery has neither a webhook nor a sink');
  const token = sink.token && secrets.open(sink.token, event.callId);
  return cloudEventRequest(event, { ...sink, token }, eventSource);
}

function notSent(problem: string, permanent: boolean): Result {
  return { status: null, problem, retryAfter: null, timedOut: null, milliseconds: 0, permanent };
}
