import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ClientNotFound } from '../../core/clients/client-errors.ts';
import type { ClientService } from '../../core/clients/client-service.ts';
import type { DeliveryService } from '../../core/events/deliveries/delivery-service.ts';
import {
  TestLimitReached,
  WebhookLimitReached,
  WebhookNotFound,
} from '../../core/events/webhooks/webhook-errors.ts';
import type { WebhookService } from '../../core/events/webhooks/webhook-service.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import {
  Disabling,
  deliveryResource,
  EventChoice,
  NewWebhook,
  webhookResource,
  webhookResponses,
  webhookWithSecretResource,
} from '../representations/webhook-schemas.ts';
import { ClientParams } from './client-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminWebhooks];
const id = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });
const WebhookOfClientParams = Type.Object({ ...ClientParams.properties, webhook: id('Id of the webhook.') });
const WebhookParams = Type.Object({ id: id('Id of the webhook.') });
const responses = webhookResponses();

interface AdminWebhookDeps {
  readonly webhooks: WebhookService;
  readonly deliveries: Pick<DeliveryService, 'sendTest'>;
  readonly clients: ClientService;
}

/** Webhooks of all clients. */
export const adminWebhookRoutes: FastifyPluginAsyncTypebox<AdminWebhookDeps> = async (
  app,
  { webhooks, deliveries, clients },
) => {
  app.get(
    '/admin/clients/:id/webhooks',
    {
      config,
      schema: {
        operationId: 'listWebhooksOfClient',
        summary: 'List a client’s webhooks',
        description: 'Webhooks receive the events of the client’s calls. Oldest first.',
        tags,
        params: ClientParams,
        response: { 200: responses.webhooks },
        errors: [ClientNotFound],
      },
    },
    async ({ params }) => {
      const client = await clients.findClient(params.id);
      return { webhooks: (await webhooks.listWebhooks(client.id)).map(webhookResource) };
    },
  );

  app.post(
    '/admin/clients/:id/webhooks',
    {
      config,
      schema: {
        operationId: 'addWebhookOfClient',
        summary: 'Add a webhook to a client',
        description:
          'The webhook receives later events of the client’s calls: all, or those with the given states. The secret is shown only once.',
        tags,
        params: ClientParams,
        body: NewWebhook,
        response: { 201: responses.withSecret('The webhook is added.') },
        errors: [ClientNotFound, WebhookLimitReached],
      },
    },
    async (request, reply) => {
      const added = await webhooks.addWebhook(request.params.id, request.body, actorOf(request));
      return reply.code(201).header('cache-control', 'no-store').send(webhookWithSecretResource(added));
    },
  );

  app.delete(
    '/admin/clients/:id/webhooks/:webhook',
    {
      config,
      schema: {
        operationId: 'removeWebhookOfClient',
        summary: 'Remove a webhook of a client',
        description: 'Also removes its deliveries, including pending ones.',
        tags,
        params: WebhookOfClientParams,
        response: { 204: empty('The webhook is removed.') },
        errors: [WebhookNotFound],
      },
    },
    async (request, reply) => {
      const { id, webhook } = request.params;
      await webhooks.removeWebhook(webhook, id, actorOf(request));
      return reply.code(204).send();
    },
  );

  app.post(
    '/admin/clients/:id/webhooks/:webhook/secret',
    {
      config,
      schema: {
        operationId: 'rotateWebhookSecretOfClient',
        summary: 'Rotate the secret of a client’s webhook',
        description: 'For one day, messages are signed with the old secret as well.',
        tags,
        params: WebhookOfClientParams,
        response: { 200: responses.withSecret('The webhook has a new secret.') },
        errors: [WebhookNotFound],
      },
    },
    async (request, reply) => {
      const { id, webhook } = request.params;
      const rotated = await webhooks.rotateSecret(webhook, id, actorOf(request));
      return reply.header('cache-control', 'no-store').send(webhookWithSecretResource(rotated));
    },
  );

  app.put(
    '/admin/clients/:id/webhooks/:webhook/events',
    {
      config,
      schema: {
        operationId: 'setWebhookEventsOfClient',
        summary: 'Choose the events of a client’s webhook',
        description: 'Takes effect with the next change of a call. Events that already wait are still sent.',
        tags,
        params: WebhookOfClientParams,
        body: EventChoice,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async (request) => {
      const { id, webhook } = request.params;
      return webhookResource(await webhooks.setEvents(webhook, id, request.body.events, actorOf(request)));
    },
  );

  app.put(
    '/admin/clients/:id/webhooks/:webhook/disabled',
    {
      config,
      schema: {
        operationId: 'setWebhookDisabledOfClient',
        summary: 'Disable or enable a client’s webhook',
        description:
          'A disabled webhook gets no events, and its pending deliveries stop. Enable a webhook that the server disabled because its receiver answered 410. What it missed is not sent; stopped deliveries can be resent.',
        tags,
        params: WebhookOfClientParams,
        body: Disabling,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async (request) => {
      const { id, webhook } = request.params;
      return webhookResource(
        await webhooks.setDisabled(webhook, id, request.body.disabled, actorOf(request)),
      );
    },
  );

  app.post(
    '/admin/clients/:id/webhooks/:webhook/test',
    {
      config,
      schema: {
        operationId: 'testWebhookOfClient',
        summary: 'Send a test event to a client’s webhook',
        description:
          'Sends an event of the type `test`, signed like every other one, in one attempt. Works for a disabled webhook, too. The delivery log shows the result.',
        tags,
        params: WebhookOfClientParams,
        response: { 202: responses.test },
        errors: [WebhookNotFound, TestLimitReached],
      },
    },
    async (request, reply) => {
      const { id, webhook } = request.params;
      return reply.code(202).send(deliveryResource(await deliveries.sendTest(webhook, id, actorOf(request))));
    },
  );

  app.get(
    '/admin/webhooks/:id',
    {
      config,
      schema: {
        operationId: 'findAnyWebhook',
        summary: 'Show a webhook',
        description: 'A webhook of any client.',
        tags,
        params: WebhookParams,
        response: { 200: responses.webhook },
        errors: [WebhookNotFound],
      },
    },
    async ({ params }) => webhookResource(await webhooks.findWebhook(params.id, null)),
  );
};
