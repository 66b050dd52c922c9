import type { Database } from '../../../platform/database/database.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { SealNotOpened } from '../../../platform/secrets/sealed-box.ts';
import { type DueDelivery, findDueDelivery, promoteNext, settleAttempt } from './attempt-store.ts';
import type { DeliveryQueue, DueJob } from './delivery-queue.ts';
import type { OutboundRequest, Sender, SendResult } from './sender.ts';
import { cloudEventRequest } from './sink-message.ts';
import { webhookRequest } from './webhook-message.ts';

/** Seconds from the first attempt until a delivery is parked. */
const PARK_AFTER = 3 * 24 * 3600;

export interface AttemptDeps {
  readonly database: Database;
  readonly queue: Pick<DeliveryQueue, 'finish' | 'retryLater'>;
  readonly sender: Sender;
  readonly secrets: SealedBox;
  readonly eventSource: string;
}

/**
 * Attempts the delivery of a job once. Records the result and updates the job in one transaction. After a crash before that,
 * the job becomes due again, and the receiver gets the same event twice.
 * @returns whether the delivery is finished, so that the next one of its lane can start
 */
export async function attemptDelivery(
  { database, queue, sender, secrets, eventSource }: AttemptDeps,
  job: DueJob,
  signal: AbortSignal,
): Promise<boolean> {
  const due = await findDueDelivery(database, job.id);
  const at = new Date();
  const result = due && (await send(due, { sender, secrets, eventSource }, signal));
  return database.transaction(async (tx) => {
    const settled = result && (await settleAttempt(tx, job.id, { ...result, at, parkAfter: PARK_AFTER }));
    if (settled === 'queued') {
      await queue.retryLater(tx, job);
      return false;
    }
    if (due && settled) await promoteNext(tx, due.id);
    await queue.finish(tx, job);
    return true;
  });
}

type Result = SendResult & { readonly permanent: boolean };

async function send(
  due: DueDelivery,
  { sender, secrets, eventSource }: Pick<AttemptDeps, 'sender' | 'secrets' | 'eventSource'>,
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
  return { ok: false, status: null, problem, milliseconds: 0, permanent };
}
