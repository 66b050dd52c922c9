import type { CallService } from '../../core/calls/call-service.ts';
import type { CallEventService } from '../../core/events/call-event-service.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import type { LiveStreams } from '../../core/events/live-streams.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import type { Clock } from '../../platform/clock.ts';
import { conditionalRequests } from '../../platform/http/conditional-requests.ts';
import { strictQueries } from '../../platform/http/strict-queries.ts';
import { userTokens } from '../entry/user-tokens.ts';
import { surface } from '../surface.ts';
import { API_PATH } from './base-path.ts';
import { callRoutes } from './call-routes.ts';
import { clientDeliveryRoutes } from './delivery-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { recordingRoutes } from './recording-routes.ts';
import { userRoutes } from './user-routes.ts';
import { clientWebhookRoutes } from './webhook-routes.ts';

export interface ApiDeps {
  readonly accessTokens: AccessTokenService;
  readonly callEvents: CallEventService;
  readonly calls: CallService;
  readonly clock: Clock;
  readonly deliveries: DeliveryService;
  readonly publicUrl: string;
  readonly streams: LiveStreams;
  readonly webhooks: WebhookService;
}

/** The API for applications: calls, events, webhooks and their deliveries. */
export const api = surface<ApiDeps>('api', async (app, deps) => {
  const { accessTokens, callEvents, calls, clock, deliveries, publicUrl, streams, webhooks } = deps;
  const prefix = API_PATH;

  await app.register(strictQueries);
  await app.register(conditionalRequests);
  await app.register(clientWebhookRoutes, { webhooks, deliveries, publicUrl, prefix });
  await app.register(clientDeliveryRoutes, { webhooks, deliveries, prefix });
  await app.register(async (ofUser) => {
    await ofUser.register(userTokens, { accessTokens });
    await ofUser.register(callRoutes, { calls, publicUrl, prefix });
    await ofUser.register(recordingRoutes, { calls, prefix });
    await ofUser.register(userRoutes, { calls, prefix });
    await ofUser.register(eventRoutes, { callEvents, streams, clock, prefix });
  });
});
