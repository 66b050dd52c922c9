import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { sendPage } from '../http/pages/page.ts';
import { administratorOf } from './administrator.ts';
import { consolePage } from './console-page.ts';
import { CONSOLE } from './return-to.ts';

export function consoleIndexRoutes(app: FastifyInstance): void {
  app.get(CONSOLE, { config: { entry: 'console' }, schema: { hide: true } }, async (request, reply) =>
    sendPage(
      reply,
      consolePage({
        title: 'Calls now',
        current: CONSOLE,
        administrator: administratorOf(request),
        body: html`<p>Choose what to look at.</p>`,
      }),
    ),
  );
}
