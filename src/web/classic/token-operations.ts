import { Type } from 'typebox';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { ClientUnknown } from './authorization-errors.ts';
import { parameter } from './authorization-request.ts';

/** What the token endpoint of the authorization server answers (RFC 6749 section 5.2). */
function refusal<Code extends string>(code: Code, description: string) {
  return Type.Object(
    { error: oneOf([code], 'For programs.'), error_description: Type.Optional(Type.String()) },
    { additionalProperties: true, description },
  );
}

export const redeemCode = {
  operationId: 'redeemClassicCode',
  summary: 'Redeem a code',
  description: 'A code lives 60 seconds and works once.',
  tags: [TAGS.classicAuthorization],
  querystring: Type.Object({
    client_id: parameter,
    client_secret: parameter,
    code: parameter,
    redirect_uri: parameter,
    grant_type: Type.Literal('authorization_code'),
  }),
  response: {
    303: redirect('To `redirect_uri#access_token=…&token_type=Bearer&expires_in=3600`.'),
    400: Type.Union(
      [
        Type.Object({ error: oneOf(['invalid_input'], 'For programs.') }, { additionalProperties: true }),
        refusal('invalid_grant', 'The code is unknown, expired or used, or was another client’s.'),
      ],
      {
        description:
          '`invalid_input`: a parameter is missing or has the wrong form; `field` names it.\n\n`invalid_grant`: the code is unknown, expired or used, or belongs to another client or redirect URI.',
      },
    ),
    401: refusal('invalid_client', '`invalid_client`: the secret is wrong.'),
  },
  errors: [ClientUnknown, ...databaseErrors],
};
