import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { refusalError, TokenInvalid } from '../../core/tokens/token-errors.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { asDeclaredError } from '../../platform/http/errors/as-declared-error.ts';
import { accessOf } from './bearer-token.ts';

/** What the routes of modern APIs that take a user's token have in common. */
export const userTokens = fp<{ readonly accessTokens: AccessTokenService }>(
  async (app, { accessTokens }) => {
    refuseTokenInQuery(app);
    checkTokenFirst(app, accessTokens);
  },
  { name: 'user-tokens', dependencies: ['entry-guard'] },
);

/** Only the API of 2012 takes tokens in the query, where logs and histories keep them. */
function refuseTokenInQuery(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ presentedToken }) => {
    if (presentedToken?.inQuery) throw refusalError('token_in_query', []);
  });
}

/**
 * The statement that does the work also checks the token, so what fails before it fails before the check: the form of the request, or
 * what its Accept header allows. A caller without access must not learn that, so this checks the token of every refused request. It
 * does not know which refusals a statement has decided; for those, it costs one more look-up.
 */
function checkTokenFirst(app: FastifyInstance, accessTokens: AccessTokenService): void {
  app.setErrorHandler<FastifyError>(async (error, request) => {
    if (request.presentedToken && isRefusedForMoreThanToken(error, request))
      await accessTokens.requireUser(accessOf(request));
    throw error; // for the error handler of the server
  });
}

/** Whether a rule refused the request, and not because the token is invalid. */
function isRefusedForMoreThanToken(thrown: FastifyError, request: FastifyRequest): boolean {
  const error = asDeclaredError(thrown, request);
  return error instanceof DomainError && !(error instanceof TokenInvalid);
}
