import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { CALL_STATES } from '../calls/call.ts';
import type { CallAdministration } from '../calls/call-administration.ts';
import type { CallFilter } from '../calls/call-page.ts';
import { NoQuery, pageParameters, readPageSize, readTime } from '../http/query.ts';
import { represent } from '../http/representation.ts';
import { adminCall } from './call-representation.ts';

const Filter = Type.Object(
  {
    user: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    client: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    state: Type.Optional(Type.Enum([...CALL_STATES])),
    ongoing: Type.Optional(Type.Enum(['true', 'false'])),
    from: Type.Optional(Type.String()),
    to: Type.Optional(Type.String()),
    ...pageParameters,
  },
  { additionalProperties: false },
);
const One = Type.Object({ id: Type.String({ minLength: 1, maxLength: 64 }) });

export function adminCallRoutes(calls: CallAdministration) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/calls', { config, schema: { querystring: Filter } }, async ({ query }) => {
      const { user, client, state, ongoing, from, to } = query;
      const filter: CallFilter = {
        ...(user !== undefined && { userName: user }),
        ...(client !== undefined && { clientId: client }),
        ...(state !== undefined && { state }),
        ...(ongoing !== undefined && { ongoing: ongoing === 'true' }),
        ...(from !== undefined && { from: readTime('from', from) }),
        ...(to !== undefined && { to: readTime('to', to) }),
      };
      const page = await calls.listCalls(filter, readPageSize(query.page_size), query.page_token);
      const now = new Date();
      return { ...page, calls: page.calls.map((call) => adminCall(call, now)) };
    });

    app.get(
      '/admin/calls/:id',
      { config, schema: { params: One, querystring: NoQuery } },
      async (request, reply) => {
        const call = adminCall(await calls.findCall(request.params.id), new Date());
        return represent(request, reply, { json: call, xml: { call } });
      },
    );

    app.post('/admin/calls/:id/end', { config, schema: { params: One } }, async ({ params }) =>
      adminCall(await calls.endCall(params.id), new Date()),
    );
  };
}
