import type { Database } from '../../../platform/database/database.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { SealNotOpened } from '../../../platform/secrets/sealed-box.ts';
import { type DueDelivery, settleAttempt } from './attempt-store.ts';
import type { OutboundRequest, Sender, SendResult } from './sender.ts';
import { cloudEventRequest } from './sink-message.ts';
import { webhookRequest } from './webhook-message.ts';

/** Seconds from the first attempt until a delivery is parked. */
const PARK_AFTER = 3 * 24 * 3600;
/** Seconds. The wait after a failure is between the first one and twice that, and doubles with each failure. */
const FIRST_RETRY = 4;
const MAX_RETRY = 4 * 3600;

export interface AttemptDeps {
  readonly database: Database;
  readonly sender: Sender;
  readonly secrets: SealedBox;
  readonly eventSource: string;
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
  const result = await send(deps, due, signal);
  const retryAfter = waitAfter(due.failures, result.retryAfter ?? 0);
  await settleAttempt(deps.database, due, { ...result, at, parkAfter: PARK_AFTER, retryAfter });
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
  const { sink } = due;
  if (sink?.tokenExpired)
    return notSent(`the sink's access token expired at ${sink.tokenExpiresAt?.toISOString()}`, true);
  try {
    return { ...(await sender.send(buildRequest(due, secrets, eventSource), signal)), permanent: false };
  } catch (error) {
    // Not permanent: the operator may restore the encryption key.
    if (error instanceof SealNotOpened) return notSent(error.message, false);
    throw error;
  }
}

function buildRequest(
  { event, webhook, sink }: DueDelivery,
  secrets: SealedBox,
  eventSource: string,
): OutboundRequest {
  if (webhook) {
    const openSecrets = webhook.secrets.map((secret) => secrets.open(secret, webhook.id));
    return webhookRequest(event, webhook.url, openSecrets, new Date());
  }
  if (!sink) throw new Error('delivery has neither a webhook nor a sink');
  const token = sink.token && secrets.open(sink.token, event.callId);
  return cloudEventRequest(event, sink.url, token, eventSource);
}

function notSent(problem: string, permanent: boolean): Result {
  return { status: null, problem, retryAfter: null, timedOut: null, milliseconds: 0, permanent };
}
