import { Type } from 'typebox';
import { TEST_TYPE } from '../../core/events/deliveries/delivery-service.ts';
import { dateTime, oneOf } from '../../platform/http/openapi/values.ts';
import { WebhookMessage } from './call-messages.ts';
import { SAMPLES } from './samples.ts';
import { TAGS } from './tags.ts';

const TestMessage = Type.Object(
  {
    type: oneOf([TEST_TYPE], 'Distinguishes a test event from changes of calls.'),
    timestamp: dateTime('When the test event was sent.'),
    data: Type.Object({
      webhookId: Type.String({ description: 'Id of the webhook.', examples: [SAMPLES.webhook] }),
    }),
  },
  { title: 'WebhookTestMessage', description: 'A test event, which reports no change.' },
);

const header = (name: string, description: string) => ({
  in: 'header',
  name,
  required: true,
  description,
  schema: { type: 'string' },
});

const common = {
  tags: [TAGS.webhooks],
  security: [],
  parameters: [
    header('webhook-id', 'Id of the event: the same for each attempt.'),
    header('webhook-timestamp', 'Time of the attempt, in seconds since 1970.'),
    header('webhook-signature', '`v1,` and the signature; several while a previous secret is still valid.'),
  ],
};
const received = { description: 'The message was received.' };
const gone = { description: 'The server disables the webhook, and sends it no more events.' };

/** The requests that the server sends to webhooks, for the API definition. */
export const webhookMessages = {
  callChanged: {
    post: {
      operationId: 'callChanged',
      summary: 'A call changed',
      description:
        'Signed according to Standard Webhooks 1.0, with the secret of the webhook. Retried for three days until the receiver responds with 2XX, not before the time that the header `Retry-After` of its response gives.',
      ...common,
      requestBody: { required: true, content: { 'application/json': { schema: WebhookMessage } } },
      responses: {
        '2XX': received,
        '410': gone,
        '4XX': { description: 'The message will be sent again, as after a timeout.' },
      },
    },
  },
  webhookTested: {
    post: {
      operationId: 'webhookTested',
      summary: 'A test event',
      description: 'Sent on request, once. Signed like every other message.',
      ...common,
      requestBody: { required: true, content: { 'application/json': { schema: TestMessage } } },
      responses: {
        '2XX': received,
        '410': gone,
        '4XX': { description: 'The test failed. It is not sent again.' },
      },
    },
  },
};
