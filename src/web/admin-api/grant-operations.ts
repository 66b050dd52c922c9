import { Type } from 'typebox';
import { ClientNotFound } from '../../core/clients/client-errors.ts';
import { GrantNotFound } from '../../core/grants/grant-errors.ts';
import { UserNotFound } from '../../core/people/people-errors.ts';
import { TAGS } from '../../platform/http/openapi/operation.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { texts, time, timeOrNull } from '../../platform/http/openapi/values.ts';
import { NoQuery, nextPageToken, pageParameters } from '../../platform/http/query.ts';

const tags = [TAGS.adminGrants];
const name = Type.String({ minLength: 1, maxLength: 64, description: 'The user, by name.' });

export const listGrants = {
  operationId: 'listGrants',
  summary: 'List what a user has granted',
  description: 'Which clients the user has allowed what, oldest first.',
  tags,
  params: Type.Object({ name }),
  querystring: NoQuery,
  response: {
    200: Type.Object(
      {
        grants: Type.Array(
          Type.Object({
            client: Type.String({ description: 'The client, by id.' }),
            clientName: Type.String(),
            scopes: texts('What the client may do.'),
            grantedAt: time('When the user allowed it.'),
            lastUsedAt: timeOrNull(
              'When the client last got a token by it, give or take a minute; null for never.',
            ),
          }),
        ),
      },
      { description: 'The grants.' },
    ),
  },
  errors: [UserNotFound],
};

export const listGrantsOfClient = {
  operationId: 'listGrantsOfClient',
  summary: 'List what users have granted a client',
  description: 'Which users have allowed it what, by name.',
  tags,
  params: Type.Object({ id: Type.String({ minLength: 1, maxLength: 64, description: 'The client.' }) }),
  querystring: Type.Object(pageParameters, { additionalProperties: false }),
  response: {
    200: Type.Object(
      {
        grants: Type.Array(
          Type.Object({
            user: Type.String({ description: 'By name.' }),
            scopes: texts('What the client may do.'),
            grantedAt: time('When the user allowed it.'),
          }),
        ),
        nextPageToken,
      },
      { description: 'A page of grants.' },
    ),
  },
  errors: [ClientNotFound],
};

export const withdrawGrant = {
  operationId: 'withdrawGrant',
  summary: 'Withdraw a grant',
  description: 'Ends the client’s tokens for the user, and the ongoing calls that it opened for them.',
  tags,
  params: Type.Object({
    name,
    client: Type.String({ minLength: 1, maxLength: 64, description: 'The client, by id.' }),
  }),
  response: { 204: empty('The grant is withdrawn.') },
  errors: [GrantNotFound],
};
