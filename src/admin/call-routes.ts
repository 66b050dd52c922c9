import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallAdministration } from '../calls/call-administration.ts';
import type { CallFilter } from '../calls/call-page.ts';
import { actorOf } from '../http/actor.ts';
import { readPageSize, readTime } from '../http/query.ts';
import { represent } from '../http/representation.ts';
import { endCall, findCall, listCalls } from './call-operations.ts';
import { adminCall, adminCallInXml } from './call-representation.ts';

export function adminCallRoutes(calls: CallAdministration) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/calls', { config, schema: listCalls }, async ({ query }) => {
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

    app.get('/admin/calls/:id', { config, schema: findCall }, async (request, reply) => {
      const call = adminCall(await calls.findCall(request.params.id), new Date());
      return represent(request, reply, { json: call, xml: { call: adminCallInXml(call) } });
    });

    app.post('/admin/calls/:id/end', { config, schema: endCall }, async (request) =>
      adminCall(await calls.endCall(request.params.id, actorOf(request)), new Date()),
    );
  };
}
