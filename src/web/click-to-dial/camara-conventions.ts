import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import fp from 'fastify-plugin';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import { fieldOf, schemaError } from '../../platform/http/errors/schema-violations.ts';
import { strictQueries } from '../../platform/http/strict-queries.ts';
import { userTokens } from '../entry/user-tokens.ts';
import { SINK_PATTERN } from './call-schemas.ts';

/** The rules of the schema for a phone number. */
const NUMBER_RULES = ['pattern', 'maxLength'];

/** The conventions of the routes below the path of CAMARA Click to Dial that take a user's token. */
export const camaraConventions = fp<{ readonly accessTokens: AccessTokenService }>(
  async (app, { accessTokens }) => {
    await app.register(strictQueries);
    await app.register(userTokens, { accessTokens });
    app.setSchemaErrorFormatter(
      (violations) => invalidNumber(violations) ?? invalidSink(violations) ?? schemaError(violations),
    );
    sendJsonWithoutCharset(app);
  },
  { name: 'camara-conventions', dependencies: ['entry-guard'] },
);

/** CAMARA has an error of its own for a phone number that is not in E.164 form. */
function invalidNumber([violation]: FastifySchemaValidationError[]): InvalidPhoneNumber | undefined {
  if (!violation?.instancePath.endsWith('/number') || !NUMBER_RULES.includes(violation.keyword))
    return undefined;
  const field = fieldOf(violation);
  return new InvalidPhoneNumber(field, `${field} must be in E.164 form, such as +447700900123.`);
}

/** Says what the pattern of a sink means. */
function invalidSink([violation]: FastifySchemaValidationError[]): InvalidInput | undefined {
  if (violation?.params['pattern'] !== SINK_PATTERN) return undefined;
  const field = fieldOf(violation);
  return new InvalidInput(field, `${field} must be an https: URL.`);
}

/** JSON has no charset (RFC 8259 section 11), and CAMARA's test scenarios compare the whole content type. */
function sendJsonWithoutCharset(app: FastifyInstance): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('application/json'))
      reply.type('application/json');
    done(null, payload);
  });
}
