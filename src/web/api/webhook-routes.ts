import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import {
  TestLimitReached,
  WebhookLimitReached,
  WebhookNotFound,
} from '../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { SCOPE_WEBHOOKS } from '../../core/tokens/access-token.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import {
  Disabling,
  deliveryResource,
  EventChoice,
  NewWebhook,
  WebhookWithSecretResource,
  webhookResource,
  webhookResponses,
  webhookWithSecretResource,
} from '../representations/webhook-schemas.ts';
import { API_PATH } from './base-path.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';

const config = { entry: 'client', scopes: [SCOPE_WEBHOOKS], errorStyle: 'problem' } as const;
const tags = [TAGS.webhooks];
const headers = CorrelatedRequest;
const WebhookParams = Type.Object({
  id: Type.String({ minLength: 1, maxLength: 64, description: 'Id of the webhook.' }),
});
const responses = webhookResponses(correlated);

interface ClientWebhookDeps {
  readonly webhooks: WebhookService;
  readonly deliveries: Pick<DeliveryService, 'sendTest'>;
  readonly publicUrl: string;
}

/** A client's own webhooks, with a token that the client got for itself. */
export const clientWebhookRoutes: FastifyPluginAsyncTypebox<ClientWebhookDeps> = async (
  app,
  { webhooks, deliveries, publicUrl },
) => {
  app.get(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks',
        description: 'The client’s own webhooks, which receive the events of its calls. Oldest first.',
        tags,
        headers,
        response: { 200: responses.webhooks },
      },
    },
    async ({ clientId }) => ({ webhooks: (await webhooks.listWebhooks(clientId)).map(webhookResource) }),
  );

  app.post(
    '/webhooks',
    {
      config,
      schema: {
        operationId: 'addWebhook',
        summary: 'Add a webhook',
        description:
          'The webhook receives later events of the client’s calls: all, or those with the given states. The secret is shown only once.',
        tags,
        headers,
        body: NewWebhook,
        response: {
          201: answer(WebhookWithSecretResource, 'The webhook is added.', {
            ...correlated,
            Location: Type.String({ format: 'uri', description: 'URL of the webhook.' }),
          }),
        },
        errors: [WebhookLimitReached],
      },
    },
    async (request, reply) => {
      const added = await webhooks.addWebhook(request.clientId, request.body, actorOf(request));
      return reply
        .code(201)
        .header('location', `${publicUrl}${API_PATH}/webhooks/${added.webhook.id}`)
        .send(webhookWithSecretResource(added));
    },
  );

  app.get(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'showWebhook',
        summary: 'Show a webhook',
        description: 'One of the client’s own webhooks, without its secret.',
        tags,
        headers,
        params: WebhookParams,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async ({ params, clientId }) => webhookResource(await webhooks.findWebhook(params.id, clientId)),
  );

  app.delete(
    '/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'removeWebhook',
        summary: 'Remove a webhook',
        description: 'Also removes its deliveries, including pending ones.',
        tags,
        headers,
        params: WebhookParams,
        response: { 204: empty('The webhook is removed.', correlated) },
        errors: [WebhookNotFound],
      },
    },
    async (request, reply) => {
      await webhooks.removeWebhook(request.params.id, request.clientId, actorOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/webhooks/:id/secret',
    {
      config,
      schema: {
        operationId: 'rotateWebhookSecret',
        summary: 'Rotate the secret of a webhook',
        description: 'For one day, messages are signed with the old secret as well.',
        tags,
        headers,
        params: WebhookParams,
        response: { 200: responses.withSecret('The webhook has a new secret.') },
        errors: [WebhookNotFound],
      },
    },
    async (request) =>
      webhookWithSecretResource(
        await webhooks.rotateSecret(request.params.id, request.clientId, actorOf(request)),
      ),
  );

  app.put(
    '/webhooks/:id/events',
    {
      config,
      schema: {
        operationId: 'setWebhookEvents',
        summary: 'Choose the events of a webhook',
        description: 'Takes effect with the next change of a call. Events that already wait are still sent.',
        tags,
        headers,
        params: WebhookParams,
        body: EventChoice,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async (request) =>
      webhookResource(
        await webhooks.setEvents(request.params.id, request.clientId, request.body.events, actorOf(request)),
      ),
  );

  app.put(
    '/webhooks/:id/disabled',
    {
      config,
      schema: {
        operationId: 'setWebhookDisabled',
        summary: 'Disable or enable a webhook',
        description:
          'A disabled webhook gets no events, and its pending deliveries stop. Enable a webhook that the server disabled because its receiver answered 410. What it missed is not sent; stopped deliveries can be resent.',
        tags,
        headers,
        params: WebhookParams,
        body: Disabling,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async (request) =>
      webhookResource(
        await webhooks.setDisabled(
          request.params.id,
          request.clientId,
          request.body.disabled,
          actorOf(request),
        ),
      ),
  );

  app.post(
    '/webhooks/:id/test',
    {
      config,
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a test event to a webhook',
        description:
          'Sends an event of the type `test`, signed like every other one, in one attempt. Works for a disabled webhook, too. The delivery log shows the result.',
        tags,
        headers,
        params: WebhookParams,
        response: { 202: responses.test },
        errors: [WebhookNotFound, TestLimitReached],
      },
    },
    async (request, reply) => {
      const sent = await deliveries.sendTest(request.params.id, request.clientId, actorOf(request));
      return reply.code(202).send(deliveryResource(sent));
    },
  );
};
