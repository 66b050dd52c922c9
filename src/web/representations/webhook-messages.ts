import { Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY, RECORDING_RESULTS } from '../../core/calls/call.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import {
  dateTime,
  dateTimeOrNull,
  oneOf,
  oneOrNull,
  textOrNull,
} from '../../platform/http/openapi/values.ts';

const Message = Type.Object(
  {
    type: oneOf(CALL_STATES, 'The state that the call has come to.'),
    timestamp: dateTime('When it did.'),
    data: Type.Object({
      callId: Type.String(),
      sequence: Type.Integer({ description: 'Grows with each change, over all calls of the user.' }),
      caller: textOrNull('E.164; null for a classic call of a user without a number.'),
      callee: Type.String({ description: 'E.164.' }),
      state: oneOf(CALL_STATES, 'The same as `type`.'),
      reason: oneOrNull(DISCONNECTION_REASONS, 'Why it ended; null while it goes on.'),
      endedBy: oneOrNull(ENDED_BY, 'Who ended it; null while it goes on.'),
      clientReference: textOrNull('The application’s own name for the call.'),
      metadata: Type.Record(Type.String(), Type.String(), { description: 'The application’s own words.' }),
      recordingEnabled: Type.Boolean(),
      recordingResult: oneOrNull(RECORDING_RESULTS, 'Null while it goes on, and where none was asked for.'),
      createdAt: dateTime('When the call was opened.'),
      callerAnsweredAt: dateTimeOrNull('When the caller had answered.'),
      connectedAt: dateTimeOrNull('When the callee had answered, too.'),
      endedAt: dateTimeOrNull('When it ended; null while it goes on.'),
      duration: Type.Integer({
        minimum: 0,
        description: 'How long it was connected, so far: seconds since the callee answered.',
      }),
    }),
  },
  { title: 'WebhookMessage', description: 'A change of a call, with the call as it was right after it.' },
);

const header = (name: string, description: string) => ({
  ...{ in: 'header', name, required: true, description, schema: { type: 'string' } },
});

/** What applications get at their webhooks, as OpenAPI documents requests that a server sends. */
export const webhookMessages = {
  callChanged: {
    post: {
      operationId: 'callChanged',
      summary: 'A call has changed',
      description:
        'Signed after Standard Webhooks 1.0, with the secret that the webhook was added with. Sent again, for three days, until it is answered with 2XX.',
      tags: [TAGS.webhooks],
      security: [],
      parameters: [
        header('webhook-id', 'Of the event: the same at each attempt.'),
        header('webhook-timestamp', 'Of the attempt, in seconds since 1970.'),
        header('webhook-signature', '`v1,` and the signature; several while an old secret still counts.'),
      ],
      requestBody: { required: true, content: { 'application/json': { schema: Message } } },
      responses: {
        '2XX': { description: 'The message has come.' },
        '4XX': { description: 'It is sent again, as it is when nothing comes in time.' },
      },
    },
  },
};
