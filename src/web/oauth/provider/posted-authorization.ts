import type { FastifyPluginAsync } from 'fastify';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { errorPage } from '../../../platform/http/errors/error-pages.ts';
import { keepOpener } from '../../../platform/http/opener-policy.ts';
import { redirectedQuery } from '../redirected-query.ts';
import { INVALID_REQUEST_PAGE } from './provider-error-page.ts';

const AUTHORIZATION = '/oauth/authorize';
const FORM = 'application/x-www-form-urlencoded';

/** A request has about 20 parameters; a client may add some of its own. */
const MAX_PARAMETERS = 50;

/**
 * An authorization request by POST (OpenID Connect Core section 3.1.2.1) is redirected to the same request by GET. Another site sends
 * it, so the browser leaves out the session cookie (SameSite=Lax), but sends it when it follows the redirect (ADR 33). The
 * parameters stay as they are: the provider checks them, duplicates included.
 */
export const postedAuthorization: FastifyPluginAsync = async (app) => {
  await app.register(keepOpener);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(FORM, { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.post<{ Body: string | undefined }>(
    AUTHORIZATION,
    {
      config: {
        entry: 'anyone',
        errorStyle: 'oauth',
        errorPage: async ({ message, declaration }) =>
          errorPage({ message, declaration: { ...declaration, page: INVALID_REQUEST_PAGE } }),
      },
      schema: { hide: true, consumes: [FORM] },
    },
    async ({ body }, reply) =>
      reply.header('cache-control', 'no-store').redirect(`${AUTHORIZATION}?${readParameters(body)}`, 303),
  );
};

/** @throws InvalidInput */
function readParameters(body = ''): string {
  const parameters = new URLSearchParams(body);
  if (parameters.size > MAX_PARAMETERS)
    throw new InvalidInput('request', `The request must have at most ${MAX_PARAMETERS} parameters.`);
  return redirectedQuery(parameters);
}
