import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Logger } from '../../platform/logger.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import type { RequestedSink } from '../calls/call-request.ts';
import type { ChangeSignal } from '../calls/change-signal.ts';
import type { NewSink } from '../calls/new-call.ts';
import { startDeliveries } from './deliveries/deliveries.ts';
import { createDeliveryService, type DeliveryService } from './deliveries/delivery-service.ts';
import { createSender } from './deliveries/sender.ts';
import { checkSinkUrl } from './deliveries/sink-url.ts';
import { createWebhookService, type WebhookService } from './webhooks/webhook-service.ts';

export interface DeliveryParts {
  /** Hosts that may be reached though they are private, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
  /** The URL of the API that CloudEvents name as their source. */
  readonly eventSource: string;
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly log: Pick<Logger, 'warn'>;
  /** For tests: what an attempt may take. */
  readonly attemptTimeoutMs?: number;
}

/** All that brings events to sinks and webhooks, at work. */
export interface Deliveries {
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  /** Checks and seals what a new call's events are to go to. @throws InvalidInput */
  prepareSink(sink: RequestedSink, callId: string): NewSink;
  /** What is done every ten minutes, now. */
  recover(): Promise<void>;
  stop(): Promise<void>;
}

export async function createDeliveries(parts: DeliveryParts): Promise<Deliveries> {
  const { allowHosts, database, secrets } = parts;
  const { attemptTimeoutMs: timeoutMs } = parts;
  const sender = createSender({ allowHosts, ...(timeoutMs !== undefined && { timeoutMs }) });
  const started = await startDeliveries({ ...parts, sender });
  return {
    webhooks: createWebhookService({ database, secrets, allowHosts }),
    deliveries: createDeliveryService(database, started.wake),
    prepareSink: ({ url, credential }, callId) => ({
      url: checkSinkUrl(url, allowHosts),
      token: credential && secrets.seal(checkAccessToken(credential.accessToken), callId),
      tokenExpiresAt: credential?.expiresAt,
    }),
    recover: started.recover,
    stop: started.stop,
  };
}

/** It goes into a header, where RFC 6750 section 2.1 has it. @throws InvalidInput that does not repeat it */
function checkAccessToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new InvalidInput(
    'sinkCredential.accessToken',
    'accessToken must consist of visible ASCII characters',
  );
}
