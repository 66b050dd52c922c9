import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { sendPageOrJson } from '../http/page.ts';

/** The documented redirect target for trying the flows: it shows what it got, in a browser that of the fragment too. */
export async function testPageRoutes(app: FastifyInstance): Promise<void> {
  app.get('/test', { config: { entry: 'anyone', errorStyle: 'classic' } }, async (request, reply) => {
    const json = request.query as object;
    const page = {
      title: 'What the application received',
      scripts: ['/assets/show-fragment.js'],
      body: html`<pre id="received">${JSON.stringify(json, null, 2)}</pre>`,
    };
    return sendPageOrJson(request, reply, { page, json });
  });
}
