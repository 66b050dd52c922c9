import type { FastifyInstance } from 'fastify';
import { html } from 'ghtml';
import { sendPageOrJson } from './page.ts';

const METADATA = '/.well-known/oauth-authorization-server';

/** What somebody sees who opens the server's address by itself. */
export function welcomeRoutes(app: FastifyInstance, publicUrl: string): void {
  app.get('/', { config: { entry: 'anyone' } }, async (request, reply) => {
    const page = {
      title: 'ClickToCall',
      body: html`
        <p>This server opens phone calls for applications, on behalf of people who allowed it.</p>
        <p>Applications find their way from <a href="${METADATA}">its metadata</a>; the README says the rest.</p>`,
    };
    return sendPageOrJson(request, reply, {
      page,
      json: { name: 'ClickToCall', metadata: `${publicUrl}${METADATA}` },
    });
  });
}
