import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifySchemaValidationError,
} from 'fastify';
import type { Switchboard } from '../../carriers/switchboard.ts';
import { SameCallerAndCallee } from '../../core/calls/call-errors.ts';
import type { CallService } from '../../core/calls/call-service.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { refusalError } from '../../core/tokens/token-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { asDeclaredError } from '../../platform/http/errors/as-declared-error.ts';
import { describeViolations, fieldOf } from '../../platform/http/errors/schema-violations.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { BASE_PATH } from './base-path.ts';
import { callRoutes } from './call-routes.ts';

export interface ClickToDialParts {
  readonly calls: CallService;
  readonly carriers: Switchboard;
  readonly accessTokens: AccessTokenService;
  readonly publicUrl: string;
  /** What this server adds to CAMARA's operations, below the same path. */
  readonly extensions: readonly FastifyPluginAsync[];
}

/** The whole face: CAMARA's operations and the extensions, below one path. */
export function clickToDial(parts: ClickToDialParts) {
  const { calls, carriers, accessTokens, publicUrl, extensions } = parts;
  return async (app: FastifyInstance): Promise<void> => {
    refuseTokenInQuery(app);
    judgeTokenFirst(app, accessTokens);
    app.setSchemaErrorFormatter((violations) => invalidNumber(violations) ?? describeViolations(violations));
    sendJsonWithoutCharset(app);
    await app.register(callRoutes(calls, carriers, publicUrl), { prefix: BASE_PATH });
    for (const extension of extensions) await app.register(extension, { prefix: BASE_PATH });
  };
}

/** Only the API of 2012 has its tokens there, in logs and histories. */
function refuseTokenInQuery(app: FastifyInstance): void {
  app.addHook('preParsing', async ({ presentedToken }) => {
    if (presentedToken?.inQuery) throw refusalError('token_in_query', []);
  });
}

/**
 * The token is judged in the statement that acts, thus after the request's form; a request that is refused before must
 * not tell somebody without a right to ask what is wrong with it.
 */
function judgeTokenFirst(app: FastifyInstance, accessTokens: AccessTokenService): void {
  app.setErrorHandler<FastifyError>(async (error, request) => {
    if (request.presentedToken && isOfForm(error)) await accessTokens.requireUser(accessOf(request));
    throw error; // which the error handler of the whole server presents
  });
}

/** Whether the request was refused by its form, before any statement saw its token. */
function isOfForm(thrown: FastifyError): boolean {
  const error = asDeclaredError(thrown);
  return error instanceof InvalidInput || error instanceof SameCallerAndCallee;
}

/** CAMARA has an error of its own for a phone number that is not in E.164 form. */
function invalidNumber([violation]: FastifySchemaValidationError[]): InvalidPhoneNumber | undefined {
  if (violation?.keyword !== 'pattern' || violation.params['pattern'] !== E164_PATTERN) return undefined;
  const field = fieldOf(violation);
  return new InvalidPhoneNumber(field, `${field} must be in E.164 form, such as +447700900123.`);
}

/** JSON has no charset (RFC 8259 section 11), and CAMARA's scenarios compare the type to the letter. */
function sendJsonWithoutCharset(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('application/json'))
      reply.type('application/json');
    done(null, payload);
  });
}
