import type { FastifyInstance } from 'fastify';
import type { Retention } from '../../../core/retention/retention.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { RETENTION, retentionBody } from './retention-page.ts';

/** For how long calls are kept, and what was done about it last. */
export function consoleRetentionRoutes(retention: Retention) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get(
      RETENTION,
      { config: { entry: 'console', errorPage: problemIn(RETENTION) }, schema: { hide: true } },
      async (request, reply) => {
        const administrator = administratorOf(request);
        const body = retentionBody(await retention.show());
        return sendPage(
          reply,
          consolePage({ title: 'Retention', current: RETENTION, administrator, wide: false, body }),
        );
      },
    );
  };
}
