import type { FastifyRequest } from 'fastify';
import { DomainError } from '../domain-error.ts';

/** A form of another site posted to this one, in a browser in which the person may be signed in. */
export class CrossSiteForm extends DomainError {
  constructor() {
    super('This form was sent from another web site. Open the page again and send it from there.');
  }
}

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
