import type { CallService } from '../../core/calls/call-service.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import type { LiveStreams } from '../../core/events/live-streams.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import type { Clock } from '../../platform/clock.ts';
import { BASE_PATH } from '../click-to-dial/base-path.ts';
import { camaraConventions } from '../click-to-dial/camara-conventions.ts';
import { surface } from '../surface.ts';
import { clientDeliveryRoutes } from './delivery-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { extensionRoutes } from './extension-routes.ts';
import { clientWebhookRoutes } from './webhook-routes.ts';

export interface ApiDeps {
  readonly accessTokens: AccessTokenService;
  readonly calls: CallService;
  readonly clock: Clock;
  readonly deliveries: DeliveryService;
  /** The source of the events, as CloudEvents name it. */
  readonly eventSource: string;
  readonly streams: LiveStreams;
  readonly webhooks: WebhookService;
}

/** This server's extensions to CAMARA Click to Dial, below the same path. */
export const api = surface<ApiDeps>('api', async (app, deps) => {
  const { accessTokens, calls, clock, deliveries, eventSource, streams, webhooks } = deps;
  const prefix = BASE_PATH;

  await app.register(clientWebhookRoutes, { webhooks, deliveries, prefix });
  await app.register(clientDeliveryRoutes, { webhooks, deliveries, prefix });
  await app.register(async (camara) => {
    await camara.register(camaraConventions, { accessTokens });
    await camara.register(extensionRoutes, { calls, prefix });
    await camara.register(eventRoutes, { streams, eventSource, clock, prefix });
  });
});
