import type { ServerResponse } from 'node:http';
import type { PageContext } from '../../../platform/http/pages/page-context.ts';

/** By the response, because the provider is a plain Node.js handler: it does not get the request of Fastify. */
const contexts = new WeakMap<ServerResponse, PageContext>();

/** Call this before the provider responds. */
export function keepPageContext(response: ServerResponse, context: PageContext): void {
  contexts.set(response, context);
}

/** What the pages of the provider have in common with those of the server. */
export function providerPageContext(response: ServerResponse): PageContext {
  const context = contexts.get(response);
  if (!context) throw new Error('the provider responds to a request that was not passed to it');
  return context;
}
