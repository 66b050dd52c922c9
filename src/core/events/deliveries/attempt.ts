import type { Database } from '../../../platform/database/database.ts';
import type { SealedBox } from '../../../platform/secrets/sealed-box.ts';
import { SealNotOpened } from '../../../platform/secrets/sealed-box.ts';
import { type DueDelivery, findDueDelivery, promoteNext, settleAttempt } from './attempt-store.ts';
import type { DeliveryQueue, DueJob } from './delivery-queue.ts';
import type { OutboundRequest, Outcome, Sender } from './sender.ts';
import { cloudEventRequest } from './sink-message.ts';
import { webhookRequest } from './webhook-message.ts';

/** Seconds from the first attempt on, after which a delivery is parked. */
const PARK_AFTER = 3 * 24 * 3600;

export interface AttemptDeps {
  readonly database: Database;
  readonly queue: Pick<DeliveryQueue, 'finish' | 'tryLater'>;
  readonly sender: Sender;
  readonly secrets: SealedBox;
  readonly eventSource: string;
}

/**
 * Attempts the delivery of a job once, and writes down what came of it, in one transaction with what becomes of the job.
 * A crash before that leaves the job begun: it comes due again, and the receiver sees the same event twice.
 * @returns whether the delivery is finished, so that the next one of its lane can go
 */
export async function attemptDelivery(
  { database, queue, sender, secrets, eventSource }: AttemptDeps,
  job: DueJob,
  signal: AbortSignal,
): Promise<boolean> {
  const due = await findDueDelivery(database, job.id);
  const at = new Date();
  const result = due && (await outcomeOf(due, { sender, secrets, eventSource }, signal));
  return database.transaction(async (tx) => {
    const settled = result && (await settleAttempt(tx, job.id, { ...result, at, parkAfter: PARK_AFTER }));
    if (settled === 'queued') {
      await queue.tryLater(tx, job);
      return false;
    }
    if (due && settled) await promoteNext(tx, due.id);
    await queue.finish(tx, job);
    return true;
  });
}

type Result = Outcome & { readonly forGood: boolean };

async function outcomeOf(
  due: DueDelivery,
  { sender, secrets, eventSource }: Pick<AttemptDeps, 'sender' | 'secrets' | 'eventSource'>,
  signal: AbortSignal,
): Promise<Result> {
  const { sink } = due;
  if (sink?.tokenExpired)
    return unsent(`the sink's access token expired at ${sink.tokenExpiresAt?.toISOString()}`, true);
  try {
    return { ...(await sender.send(requestOf(due, secrets, eventSource), signal)), forGood: false };
  } catch (error) {
    // Whoever runs the server can put the key back: until then it is tried again.
    if (error instanceof SealNotOpened) return unsent(error.message, false);
    throw error;
  }
}

function requestOf(
  { event, webhook, sink }: DueDelivery,
  secrets: SealedBox,
  eventSource: string,
): OutboundRequest {
  if (webhook) {
    const opened = webhook.secrets.map((secret) => secrets.open(secret, webhook.id));
    return webhookRequest(event, webhook.url, opened, new Date());
  }
  if (!sink) throw new Error('a delivery has neither a webhook nor a sink');
  const token = sink.token && secrets.open(sink.token, event.callId);
  return cloudEventRequest(event, sink.url, token, eventSource);
}

function unsent(problem: string, forGood: boolean): Result {
  return { ok: false, status: null, problem, milliseconds: 0, forGood };
}
