import { Type } from 'typebox';
import { StreamLimitReached } from '../../core/events/stream-errors.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { NoQuery } from '../../platform/http/query.ts';
import { tags } from '../click-to-dial/call-operations.ts';
import { extension } from '../click-to-dial/call-schemas.ts';

const EventStream = Type.String({
  description:
    'Server-Sent Events. Each has the state as `event`, its number as `id`, and as `data` the CloudEvent that a sink would get.',
});

export const streamEvents = {
  ...extension,
  operationId: 'streamEvents',
  summary: 'Read the changes of calls as they happen',
  description:
    'Each change of the calls that the client opened; with scope `call` of all the user’s. The stream goes on until the reader leaves or the token ends. Whoever comes back with `Last-Event-ID` misses nothing and sees nothing twice.',
  tags,
  headers: Type.Object({
    ...CorrelatorHeader,
    'last-event-id': Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,18}$',
        description:
          'The `id` that was seen last: what followed it comes first. 0 is before the first event.',
      }),
    ),
  }),
  querystring: NoQuery,
  response: {
    200: {
      description: 'The stream.',
      headers: CorrelatorHeader,
      content: { 'text/event-stream': { schema: EventStream } },
    },
  },
  errors: [NotAcceptable, StreamLimitReached],
};
