import type { FastifyError, FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { refusalError } from '../../core/tokens/token-errors.ts';
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

/** The statuses of errors that a request can get before the statement runs. Those of CAMARA may differ. */
const STATUSES_BEFORE_CHECK = [400, 406, 413, 415, 422];

/**
 * The statement that does the work also checks the token, so an invalid request fails before the check. Checks the token in that
 * case too: a caller without access must not learn what is wrong with the request. Other refusals come from the statement.
 */
function checkTokenFirst(app: FastifyInstance, accessTokens: AccessTokenService): void {
  app.setErrorHandler<FastifyError>(async (error, request) => {
    const { status } = asDeclaredError(error, request).declaration;
    if (request.presentedToken && STATUSES_BEFORE_CHECK.includes(status))
      await accessTokens.requireUser(accessOf(request));
    throw error; // for the error handler of the server
  });
}
