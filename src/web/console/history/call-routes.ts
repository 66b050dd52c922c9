import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { CallAdministration } from '../../../core/calls/call-administration.ts';
import type { DeliveryService } from '../../../core/events/deliveries/delivery-service.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { problemIn } from '../parts/problem-page.ts';
import { callBody } from './call-page.ts';
import { HISTORY } from './history-page.ts';

/** As many as a call makes for a few webhooks; the application's pages have them all. */
const MOST_DELIVERIES = 100;
const params = Type.Object({ id: Type.String({ maxLength: 64 }) });

/** One call: what it was, and what became of it step by step. */
export function consoleCallRoutes(calls: CallAdministration, deliveries: DeliveryService) {
  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage: problemIn(HISTORY) } as const;

    app.get(
      `${HISTORY}/:id`,
      { config, schema: { hide: true, params, querystring: DoneQuery } },
      async (request, reply) => {
        const call = await calls.findCall(request.params.id);
        const [timeline, { items: sent }] = await Promise.all([
          calls.findTimeline(call.id),
          deliveries.listDeliveries({ callId: call.id }, { size: MOST_DELIVERIES }),
        ]);
        const body = callBody({ call, timeline, deliveries: sent, ...request.query }, new Date());
        const administrator = administratorOf(request);
        return sendPage(reply, consolePage({ title: 'Call', current: HISTORY, administrator, body }));
      },
    );
  };
}
