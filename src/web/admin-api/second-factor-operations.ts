import { Type } from 'typebox';
import { UserNotFound } from '../../core/people/people-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { oneOf, time, timeOrNull } from '../../platform/http/openapi/values.ts';
import { NoQuery } from '../../platform/http/query.ts';

const tags = [TAGS.adminUsers];
const params = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'The user, by name.' }),
});

export const listSecondFactors = {
  operationId: 'listSecondFactors',
  summary: 'List a user’s second factors',
  description: 'What an administrator is asked for in the console beside the password, oldest first.',
  tags,
  params,
  querystring: NoQuery,
  response: {
    200: Type.Object(
      {
        secondFactors: Type.Array(
          Type.Object({
            id: Type.String({ description: 'UUID.' }),
            kind: oneOf(['totp', 'passkey'], '`totp`: codes of an authenticator app.'),
            name: Type.String({ description: 'As the user calls it.' }),
            createdAt: time('When it was added.'),
            lastUsedAt: timeOrNull('When it was last shown; null before.'),
          }),
        ),
      },
      { description: 'The second factors.' },
    ),
  },
  errors: [UserNotFound],
};

export const resetSecondFactors = {
  operationId: 'resetSecondFactors',
  summary: 'Remove all second factors of a user',
  description:
    'For somebody who has lost theirs: the password alone lets them in, to set up new ones. Ends the user’s sessions in the console.',
  tags,
  params,
  response: { 204: empty('The user has no second factor.') },
  errors: [UserNotFound],
};
