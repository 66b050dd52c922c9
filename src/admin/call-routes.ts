import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { CallFilter, CallService } from '../calls/call-service.ts';
import { InvalidInput } from '../domain-error.ts';
import { represent } from '../http/representation.ts';
import { AdminCall, adminCall } from './call-representation.ts';
import { endCall, findCall, listCalls } from './call-schema.ts';
import { readPageSize } from './query.ts';

export function adminCallRoutes(calls: CallService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    app.addSchema(AdminCall);
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
      return represent(request, reply, { json: call, xml: { call } });
    });

    app.post('/admin/calls/:id/end', { config, schema: endCall }, async ({ params }) =>
      adminCall(await calls.endCall(params.id, 'administrator'), new Date()),
    );
  };
}

/** ISO 8601: a day, or a day and a time with a zone or in UTC. */
function readTime(field: string, text: string): Date {
  const zoned = /^\d{4}-\d\d-\d\d$|(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const time = new Date(zoned);
  const [day = ''] = /^\d{4}-\d\d-\d\d/.exec(text) ?? [];
  if (Number.isNaN(time.getTime()) || new Date(`${day}T00:00Z`).toJSON()?.slice(0, 10) !== day) {
    throw new InvalidInput(
      field,
      `${field} must be a time in ISO 8601, such as 2026-01-31T08:30:00Z; write + as %2B`,
    );
  }
  return time;
}
