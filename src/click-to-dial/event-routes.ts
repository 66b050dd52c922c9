import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../clock.ts';
import { type LiveStreams, STREAM_SCOPES } from '../events/live-streams.ts';
import { tokenOf } from '../http/bearer-token.ts';
import { CorrelatorHeader } from '../http/correlator.ts';
import { NoQuery } from '../http/query.ts';
import { negotiate } from '../http/representation.ts';
import { sendEvents } from './event-stream.ts';

const headers = Type.Object({
  ...CorrelatorHeader,
  'last-event-id': Type.Optional(
    Type.String({ pattern: '^\\d{1,18}$', description: 'The last event seen; what follows it is sent' }),
  ),
});

const config = { entry: 'token', errorStyle: 'camara', scopes: STREAM_SCOPES } as const;

/** An extension to CAMARA Click to Dial: the changes of the user's calls as they happen. */
export function eventRoutes(streams: LiveStreams, publicUrl: string, clock: Clock) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      '/events',
      // A HEAD of its own would read the stream, and nobody would end it.
      { config, exposeHeadRoute: false, schema: { headers, querystring: NoQuery } },
      async (request, reply) => {
        negotiate(request, 'text/event-stream');
        const stream = await streams.open(tokenOf(request), request.headers['last-event-id']);
        return sendEvents(reply, stream, publicUrl, clock);
      },
    );
  };
}
