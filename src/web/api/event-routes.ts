import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type LiveStreams, STREAM_SCOPES } from '../../core/events/live-streams.ts';
import { StreamLimitReached } from '../../core/events/stream-errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { NoQuery } from '../../platform/http/query.ts';
import { negotiate } from '../../platform/http/representation.ts';
import { tokenOf } from '../entry/bearer-token.ts';
import { TAGS } from '../representations/tags.ts';
import { CorrelatedRequest, correlated } from './correlation.ts';
import { sendEvents } from './event-stream.ts';

const EventStream = Type.String({
  description:
    'Server-Sent Events. `event` is the state of the call, `id` the number of the event, and `data` the message that a webhook would receive, with the `id` of the event.',
});

interface EventRoutesDeps {
  readonly streams: LiveStreams;
  readonly clock: Clock;
}

export const eventRoutes: FastifyPluginAsyncTypebox<EventRoutesDeps> = async (app, { streams, clock }) => {
  app.get(
    '/events',
    {
      config: { entry: 'token', errorStyle: 'problem', scopes: STREAM_SCOPES },
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
        querystring: NoQuery,
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
};
