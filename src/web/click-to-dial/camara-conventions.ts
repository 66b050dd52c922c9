import type { FastifyError, FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify';
import fp from 'fastify-plugin';
import { SameCallerAndCallee } from '../../core/calls/call-errors.ts';
import { E164_PATTERN, WRITE_PLUS } from '../../core/phone-numbers/phone-number.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { refusalError } from '../../core/tokens/token-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { asDeclaredError } from '../../platform/http/errors/as-declared-error.ts';
import { fieldOf, schemaError } from '../../platform/http/errors/schema-violations.ts';
import { accessOf } from '../entry/bearer-token.ts';

/** The conventions of the routes below the path of CAMARA Click to Dial that take a user's token. */
export const camaraConventions = fp<{ readonly accessTokens: AccessTokenService }>(
  async (app, { accessTokens }) => {
    refuseTokenInQuery(app);
    checkTokenFirst(app, accessTokens);
    app.setSchemaErrorFormatter(
      (violations, place) => invalidNumber(violations, place) ?? schemaError(violations),
    );
    sendJsonWithoutCharset(app);
  },
  { name: 'camara-conventions', dependencies: ['entry-guard'] },
);

/** Only the API of 2012 takes tokens in the query, where logs and histories keep them. */
function refuseTokenInQuery(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ presentedToken }) => {
    if (presentedToken?.inQuery) throw refusalError('token_in_query', []);
  });
}

/**
 * The statement that does the work also checks the token, so an invalid request fails before the check. Checks the token in that
 * case too: a caller without access must not learn what is wrong with the request.
 */
function checkTokenFirst(app: FastifyInstance, accessTokens: AccessTokenService): void {
  app.setErrorHandler<FastifyError>(async (error, request) => {
    if (request.presentedToken && isInputError(error, request))
      await accessTokens.requireUser(accessOf(request));
    throw error; // for the error handler of the server
  });
}

/** Whether the request was invalid, so that no statement has checked its token. */
function isInputError(thrown: FastifyError, request: FastifyRequest): boolean {
  const error = asDeclaredError(thrown, request);
  return error instanceof InvalidInput || error instanceof SameCallerAndCallee;
}

/** CAMARA has an error of its own for a phone number that is not in E.164 form. @param place the invalid part of the request */
function invalidNumber(
  [violation]: FastifySchemaValidationError[],
  place: string,
): InvalidPhoneNumber | undefined {
  if (violation?.keyword !== 'pattern' || violation.params['pattern'] !== E164_PATTERN) return undefined;
  const field = fieldOf(violation);
  const advice = place === 'querystring' ? WRITE_PLUS : '';
  return new InvalidPhoneNumber(field, `${field} must be in E.164 form, such as +447700900123.${advice}`);
}

/** JSON has no charset (RFC 8259 section 11), and CAMARA's test scenarios compare the whole content type. */
function sendJsonWithoutCharset(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('application/json'))
      reply.type('application/json');
    done(null, payload);
  });
}
