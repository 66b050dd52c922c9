import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import { readPage } from '../../platform/http/query.ts';
import { represent } from '../../platform/http/representation.ts';
import { actorOf } from '../entry/actor.ts';
import { sendCallExport } from '../representations/call-export.ts';
import { adminCall, adminCallInXml } from '../representations/call-representation.ts';
import { readSearch } from '../representations/call-search-query.ts';
import { endCall, exportCalls, findCall, listCalls, showTimeline } from './call-operations.ts';

export function adminCallRoutes(calls: CallAdministration) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'administrator' } as const;

    app.get('/admin/calls', { config, schema: listCalls }, async ({ query }) => {
      const { page_size, page_token, ...search } = query;
      const page = readPage({ page_size, page_token });
      const { items, nextPageToken } = await calls.listCalls(readSearch(search), page);
      const now = new Date();
      return { calls: items.map((call) => adminCall(call, now)), nextPageToken };
    });

    app.get(
      '/admin/calls/export',
      { config, schema: exportCalls, exposeHeadRoute: false },
      async (request, reply) => {
        const { format, ...search } = request.query;
        const pages = calls.exportCalls(readSearch(search), actorOf(request));
        return sendCallExport(request, reply, format, pages);
      },
    );

    app.get('/admin/calls/:id', { config, schema: findCall }, async (request, reply) => {
      const call = adminCall(await calls.findCall(request.params.id), new Date());
      return represent(request, reply, { json: call, xml: { call: adminCallInXml(call) } });
    });

    app.get('/admin/calls/:id/events', { config, schema: showTimeline }, async ({ params }) => ({
      events: await calls.findTimeline(params.id),
    }));

    app.post('/admin/calls/:id/end', { config, schema: endCall }, async (request) => {
      const ended = await calls.endCall(request.params.id, actorOf(request), request.body.reason);
      return adminCall(ended, new Date());
    });
  };
}
