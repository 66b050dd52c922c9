import { type Static, Type } from 'typebox';
import { CannotDisableSelf, UserExists, UserNotFound } from '../../core/people/people-errors.ts';
import { MAX_SIP_ADDRESS_LENGTH } from '../../core/people/sip-address.ts';
import { MAX_LIMIT } from '../../core/people/user-input.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_XML, TAGS } from '../../platform/http/openapi/operation.ts';
import { answer, empty } from '../../platform/http/openapi/response.ts';
import { textOrNull, texts, time } from '../../platform/http/openapi/values.ts';
import { NoQuery, nextPageToken, pageParameters } from '../../platform/http/query.ts';
import { AdminCall } from '../representations/call-representation.ts';

export const tags = [TAGS.adminUsers];
export const params = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64, description: 'The user, by name.' }),
});
export const limit = Type.Integer({
  minimum: 0,
  maximum: MAX_LIMIT,
  description: 'How many ongoing calls the user may have.',
});
const ongoing = Type.Integer({ minimum: 0, description: 'How many ongoing calls the user has.' });

export const AdminUser = Type.Object(
  {
    name: Type.String(),
    administrator: Type.Boolean({ description: 'Whether the user may grant the scope `admin`.' }),
    disabled: Type.Boolean({ description: 'Whether the user can neither sign in nor open calls.' }),
    limit,
    ongoing,
    numbers: texts('E.164; the first is the one that rings.'),
    sipAddress: textOrNull(
      'SIP URI at which the user’s own phone rings with the carrier `sip`; null: where the configuration says.',
    ),
    createdAt: time('When the user was added.'),
  },
  { title: 'User', description: 'A user.' },
);
export type AdminUser = Static<typeof AdminUser>;
const user = answer(AdminUser, 'The user.');

export const listUsers = {
  operationId: 'listUsers',
  summary: 'List users',
  description: 'By name: all users, or those whose names begin with something.',
  tags,
  querystring: Type.Object(
    {
      name_prefix: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 64,
          description: 'What the names begin with, whatever the case.',
        }),
      ),
      ...pageParameters,
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({ users: Type.Array(AdminUser), nextPageToken }, { description: 'A page of users.' }),
  },
};

const numbers = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
  maxItems: 20,
  description: 'E.164, or as they are dialled in the server’s own country; the first is the one that rings.',
});
const sipAddress = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  maxLength: MAX_SIP_ADDRESS_LENGTH,
  description:
    'Where the user’s own phone rings with the carrier `sip`: a `sip:` or `sips:` URI without password and headers. Null: where the configuration says.',
  examples: ['sip:anna@pbx.example.com'],
});
const password = Type.String({ minLength: 4, maxLength: 1024, description: 'At least 4 characters.' });

export const addUser = {
  operationId: 'addUser',
  summary: 'Add a user',
  description: 'Names are unique without regard to case.',
  tags,
  body: Type.Object(
    {
      name: Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'Letters, digits and . _ @ + -; begins with a letter or digit.',
      }),
      password,
      limit: Type.Optional({
        ...limit,
        description: 'Ongoing calls at once; MAX_ONGOING_CALLS when absent.',
      }),
      administrator: Type.Optional(Type.Boolean()),
      numbers: Type.Optional(numbers),
      sipAddress: Type.Optional(sipAddress),
    },
    { additionalProperties: false },
  ),
  response: { 201: answer(AdminUser, 'The user is added.') },
  errors: [UserExists],
};

export const findUser = {
  operationId: 'findUser',
  summary: 'Show a user',
  description: 'With their limit and how many calls they have.',
  tags,
  params,
  querystring: NoQuery,
  response: { 200: user },
  errors: [UserNotFound],
};

export const setPassword = {
  operationId: 'setPassword',
  summary: 'Give a user a new password',
  description: 'Ends the user’s sessions and tokens: whoever knew the old one is out.',
  tags,
  params,
  body: Type.Object({ password }, { additionalProperties: false }),
  response: { 204: empty('The password is set.') },
  errors: [UserNotFound],
};

export const showUserCalls = {
  operationId: 'showUserCalls',
  summary: 'Show a user’s limit and ongoing calls',
  description: 'How many calls are allowed, how many go on, and which.',
  tags,
  produces: JSON_OR_XML,
  params,
  querystring: NoQuery,
  response: {
    200: Type.Object(
      {
        user: Type.String({ description: 'The user’s name.', xml: { name: 'name' } }),
        limit,
        ongoing,
        calls: Type.Array(AdminCall, {
          description: 'Newest first.',
          xml: { wrapped: true },
        }),
      },
      { description: 'The user’s limit and ongoing calls.', xml: { name: 'user' } },
    ),
  },
  errors: [UserNotFound, NotAcceptable],
};

export const setLimit = {
  operationId: 'setLimit',
  summary: 'Set a user’s limit',
  description: 'Takes effect on the next open; ongoing calls stay.',
  tags,
  params,
  body: Type.Object({ limit }, { additionalProperties: false }),
  response: { 200: user },
  errors: [UserNotFound],
};

export const setNumbers = {
  operationId: 'setNumbers',
  summary: 'Set the numbers that a user may call from',
  description: 'Replaces all; the first is the one that rings. None at all is allowed.',
  tags,
  params,
  body: Type.Object({ numbers }, { additionalProperties: false }),
  response: { 200: user },
  errors: [UserNotFound],
};

export const setSipAddress = {
  operationId: 'setSipAddress',
  summary: 'Set where a user’s own phone rings',
  description: 'Takes effect on the next call. Null removes it: then the configuration says where.',
  tags,
  params,
  body: Type.Object({ sipAddress }, { additionalProperties: false }),
  response: { 200: user },
  errors: [UserNotFound],
};

export const setDisabled = {
  operationId: 'setDisabled',
  summary: 'Disable a user, or enable them again',
  description: 'Disabling ends the user’s sessions, tokens and ongoing calls.',
  tags,
  params,
  body: Type.Object({ disabled: Type.Boolean() }, { additionalProperties: false }),
  response: { 200: user },
  errors: [UserNotFound, CannotDisableSelf],
};
