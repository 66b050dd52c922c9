import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { CrossSiteForm } from './errors/request-errors.ts';

/**
 * Refuses forged forms (CSRF) on all routes of its scope, with CrossSiteForm. Browsers send the origin of a form in headers
 * that no page can set. Requests without these headers pass: they come from scripts and command-line clients, which have no
 * cookies of a user.
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
