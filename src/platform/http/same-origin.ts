import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { CrossSiteForm } from './errors/request-errors.ts';

/**
 * Refuses forged forms (CSRF) on all routes of its scope. Browsers say where a form comes from, in headers that no page can
 * set. Scripts and command-line clients send neither header, but they do not send anybody's cookies by accident either: they
 * pass. Throws CrossSiteForm.
 */
export const sameOriginForms = fp<{ readonly publicUrl: string }>(
  async (app, { publicUrl }) => {
    app.addHook('preValidation', async (request) => {
      if (!SAFE_METHODS.includes(request.method) && !isSameOrigin(request, publicUrl))
        throw new CrossSiteForm();
    });
  },
  { name: 'same-origin-forms', dependencies: ['request-bodies'] },
);

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

function isSameOrigin({ headers, protocol, host }: FastifyRequest, publicUrl: string): boolean {
  const { 'sec-fetch-site': site, origin } = headers;
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin === undefined || origin === publicUrl || origin === `${protocol}://${host}`;
}
