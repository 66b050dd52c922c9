import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type LiveStreams, STREAM_SCOPES } from '../../core/events/live-streams.ts';
import type { Clock } from '../../platform/clock.ts';
import { negotiate } from '../../platform/http/representation.ts';
import { tokenOf } from '../entry/bearer-token.ts';
import { streamEvents } from './event-operations.ts';
import { sendEvents } from './event-stream.ts';

const config = { entry: 'token', errorStyle: 'camara', scopes: STREAM_SCOPES } as const;

/** An extension to CAMARA Click to Dial: the changes of the user's calls as they happen. */
export function eventRoutes(streams: LiveStreams, eventSource: string, clock: Clock) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/events',
      // A HEAD of its own would read the stream, and nobody would end it.
      { config, exposeHeadRoute: false, schema: streamEvents },
      async (request, reply) => {
        negotiate(request, 'text/event-stream');
        const stream = await streams.open(tokenOf(request), request.headers['last-event-id']);
        return sendEvents(reply, stream, eventSource, clock);
      },
    );
  };
}
