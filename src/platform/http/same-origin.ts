import type { FastifyRequest } from 'fastify';
import { CrossSiteForm } from './errors/request-errors.ts';

/**
 * Refuses forged forms (CSRF). Browsers say where a form comes from, in headers that no page can set; scripts and
 * command-line clients send neither header and carry nobody's cookies by accident, so they pass.
 * @returns a hook that throws CrossSiteForm
 */
export function sameOriginOnly(publicUrl: string) {
  return async (request: FastifyRequest): Promise<void> => {
    const { 'sec-fetch-site': site, origin } = request.headers;
    const own = [publicUrl, `${request.protocol}://${request.host}`];
    const sameOrigin =
      site === undefined
        ? origin === undefined || own.includes(origin)
        : site === 'same-origin' || site === 'none';
    if (!sameOrigin) throw new CrossSiteForm();
  };
}
