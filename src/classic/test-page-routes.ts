import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { sendPage } from '../http/page.ts';
import { negotiate } from '../http/representation.ts';

/** The documented redirect target for trying the flows: it shows what it got, in a browser that of the fragment too. */
export async function testPageRoutes(app: FastifyInstance): Promise<void> {
  app.get('/test', { config: { entry: 'anyone', errorStyle: 'classic' } }, async (request, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    if (negotiate(request, 'json', 'html') === 'json') return reply.send(request.query);
    sendPage(reply, {
      title: 'What the application received',
      scripts: ['/assets/show-fragment.js'],
      body: html`<pre id="received">${JSON.stringify(request.query, null, 2)}</pre>`,
    });
    return reply.header('referrer-policy', 'no-referrer');
  });
}
