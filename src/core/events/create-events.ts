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
import { checkSinkAsSent } from './deliveries/sink-url.ts';
import { createWebhookService, type WebhookService } from './webhooks/webhook-service.ts';

export interface EventsDeps {
  /** Private hosts to which deliveries are allowed, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
  /** URL of the API, the source of CloudEvents. */
  readonly eventSource: string;
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly signal: Pick<ChangeSignal, 'subscribe'>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** Webhooks, sinks, and the running deliveries of events to them. */
export interface Events {
  readonly webhooks: WebhookService;
  readonly deliveries: DeliveryService;
  /** Checks the sink of a new call and seals its token. @throws InvalidInput */
  prepareSink(sink: RequestedSink, callId: string): NewSink;
  stop(): Promise<void>;
}

export function createEvents({
  allowHosts,
  eventSource,
  database,
  secrets,
  signal,
  log,
}: EventsDeps): Events {
  const sender = createSender({ allowHosts });
  const running = startDeliveries({ database, sender, secrets, eventSource, signal, log });
  return {
    webhooks: createWebhookService({ database, secrets, allowHosts }),
    deliveries: createDeliveryService(database, running.wake),
    prepareSink({ url, credential, correlator }, callId) {
      checkSinkAsSent(url, allowHosts);
      return {
        url,
        token: credential && secrets.seal(checkAccessToken(credential.accessToken), callId),
        tokenExpiresAt: credential?.expiresAt,
        correlator,
      };
    },
    stop: running.stop,
  };
}

/** The token is sent in a header (RFC 6750 section 2.1). The error does not repeat the token. @throws InvalidInput */
function checkAccessToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new InvalidInput(
    'sinkCredential.accessToken',
    'sinkCredential.accessToken must consist of visible ASCII characters.',
  );
}
