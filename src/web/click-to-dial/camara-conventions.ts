import type { FastifyInstance, FastifySchemaValidationError } from 'fastify';
import fp from 'fastify-plugin';
import { E164_PATTERN, WRITE_PLUS } from '../../core/phone-numbers/phone-number.ts';
import { InvalidPhoneNumber } from '../../core/phone-numbers/phone-number-errors.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { fieldOf, schemaError } from '../../platform/http/errors/schema-violations.ts';
import { userTokens } from '../entry/user-tokens.ts';

/** The conventions of the routes below the path of CAMARA Click to Dial that take a user's token. */
export const camaraConventions = fp<{ readonly accessTokens: AccessTokenService }>(
  async (app, { accessTokens }) => {
    await app.register(userTokens, { accessTokens });
    app.setSchemaErrorFormatter(
      (violations, place) => invalidNumber(violations, place) ?? schemaError(violations),
    );
    sendJsonWithoutCharset(app);
  },
  { name: 'camara-conventions', dependencies: ['entry-guard'] },
);

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
