import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CallNotFound } from '../../core/calls/call-errors.ts';
import type { CallEventService } from '../../core/events/call-event-service.ts';
import { callMessage } from '../../core/events/call-message.ts';
import { type LiveStreams, STREAM_SCOPES } from '../../core/events/live-streams.ts';
import { StreamLimitReached } from '../../core/events/stream-errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { negotiate } from '../../platform/http/representation.ts';
import { accessOf, tokenOf } from '../entry/bearer-token.ts';
import { CallEventResource } from '../representations/call-messages.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { CallParams } from './call-schemas.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';
import { sendEvents } from './event-stream.ts';

const EventStream = Type.String({
  description:
    'Server-Sent Events. `event` is the state of the call, `id` the number of the event, and `data` the message that a webhook would receive, with the `id` of the event.',
  examples: [
    `retry: 1674\nid: 4\n\nid: 5\nevent: connected\ndata: {"id":"${SAMPLES.event}","type":"connected",…}\n\n: heartbeat\n\n`,
  ],
});

const config = { entry: 'token', errorStyle: 'problem', scopes: STREAM_SCOPES } as const;

interface EventRoutesDeps {
  readonly callEvents: CallEventService;
  readonly streams: LiveStreams;
  readonly clock: Clock;
}

/** The events of calls: a stream of all, and a list for each call. */
export const eventRoutes: FastifyPluginAsyncTypebox<EventRoutesDeps> = async (
  app,
  { callEvents, streams, clock },
) => {
  app.get(
    '/events',
    {
      config,
      exposeHeadRoute: false, // a HEAD request would open a stream that never ends
      schema: {
        operationId: 'streamEvents',
        summary: 'Stream the events of calls',
        description:
          'Every change of the calls that the client opened; with scope `call`, of all the user’s calls. The stream stays open until the reader disconnects or the token expires. A reader that reconnects with `Last-Event-ID` misses no event and gets none twice.',
        tags: [TAGS.calls],
        headers: Type.Object({
          ...CorrelatedRequest.properties,
          'last-event-id': Type.Optional(
            Type.String({
              pattern: '^[0-9]{1,18}$',
              description:
                'The `id` of the last event received: the stream starts after it. 0 starts at the first event.',
            }),
          ),
        }),
        response: {
          200: {
            description: 'The stream.',
            headers: correlated,
            content: { 'text/event-stream': { schema: EventStream } },
          },
        },
        errors: [NotAcceptable, StreamLimitReached],
      },
    },
    async (request, reply) => {
      negotiate(request, 'text/event-stream');
      const stream = await streams.open(tokenOf(request), request.headers['last-event-id']);
      return sendEvents(reply, stream, clock);
    },
  );

  app.get(
    '/calls/:callId/events',
    {
      config,
      schema: {
        operationId: 'listCallEvents',
        summary: 'List the events of a call',
        description:
          'Every change of the call so far, oldest first: the same messages that the stream and webhooks send.',
        tags: [TAGS.calls],
        headers: CorrelatedRequest,
        params: CallParams,
        response: {
          200: Type.Object(
            { events: Type.Array(CallEventResource) },
            { description: 'The events.', headers: correlated },
          ),
        },
        errors: [CallNotFound],
      },
    },
    async (request) => {
      const events = await callEvents.listEventsOfOwnCall(accessOf(request), request.params.callId);
      return { events: events.map(callMessage) };
    },
  );
};
