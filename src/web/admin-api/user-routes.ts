import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { CallAdministration } from '../../core/calls/call-administration.ts';
import { PasswordHashingBusy, UserExists, UserNotFound } from '../../core/people/people-errors.ts';
import type { UserService } from '../../core/people/user-service.ts';
import { NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { JSON_OR_XML } from '../../platform/http/openapi/operation.ts';
import { answer } from '../../platform/http/openapi/response.ts';
import { nextPageToken, pageParameters, readPage } from '../../platform/http/query.ts';
import { represent } from '../../platform/http/representation.ts';
import { actorOf } from '../entry/actor.ts';
import { AdminCall, adminCall, adminCallInXml } from '../representations/admin-call.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import {
  AdminUser,
  adminUser,
  limit,
  numbers,
  ongoing,
  password,
  passwordChangeRequired,
  shownUser,
  sipAddress,
  UserParams,
} from './user-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminUsers];

const NewUser = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Letters, digits and . _ @ + -; starts with a letter or a digit.',
      examples: ['carol'],
    }),
    password,
    passwordChangeRequired: Type.Optional(passwordChangeRequired),
    limit: Type.Optional({
      ...limit,
      description: 'Limit of the user’s ongoing calls; default MAX_ONGOING_CALLS.',
    }),
    administrator: Type.Optional(Type.Boolean()),
    numbers: Type.Optional(numbers),
    sipAddress: Type.Optional(sipAddress),
  },
  { additionalProperties: false },
);

const UserCalls = Type.Object(
  {
    user: Type.String({
      description: 'Name of the user.',
      xml: { name: 'name' },
      examples: [SAMPLES.user],
    }),
    limit,
    ongoing,
    calls: Type.Array(AdminCall, { description: 'Newest first.', xml: { wrapped: true } }),
  },
  { description: 'The user’s limit and ongoing calls.', xml: { name: 'user' } },
);

interface AdminUserDeps {
  readonly users: UserService;
  readonly calls: CallAdministration;
  /** The limit of ongoing calls for users added without one. */
  readonly defaultLimit: number;
}

export const adminUserRoutes: FastifyPluginAsyncTypebox<AdminUserDeps> = async (
  app,
  { users, calls, defaultLimit },
) => {
  app.get(
    '/admin/users',
    {
      config,
      schema: {
        operationId: 'listUsers',
        summary: 'List users',
        description: 'Users by name: all, or those whose names start with a prefix.',
        tags,
        querystring: Type.Object(
          {
            name_prefix: Type.Optional(
              Type.String({
                minLength: 1,
                maxLength: 64,
                description: 'Prefix of the names, case-insensitive.',
              }),
            ),
            ...pageParameters,
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object(
            { users: Type.Array(AdminUser), nextPageToken },
            { description: 'A page of users.' },
          ),
        },
      },
    },
    async ({ query }) => {
      const { items, nextPageToken } = await users.listUsers(readPage(query), query.name_prefix);
      return { users: items.map(adminUser), nextPageToken };
    },
  );

  app.post(
    '/admin/users',
    {
      config,
      schema: {
        operationId: 'addUser',
        summary: 'Add a user',
        description: 'Names are unique and case-insensitive.',
        tags,
        body: NewUser,
        response: { 201: answer(AdminUser, 'The user is added.') },
        errors: [UserExists, PasswordHashingBusy],
      },
    },
    async (request, reply) => {
      const { limit: maxOngoingCalls = defaultLimit, ...added } = request.body;
      const user = await users.addUser({ ...added, maxOngoingCalls }, actorOf(request));
      return reply.code(201).send(adminUser(user));
    },
  );

  app.get(
    '/admin/users/:name',
    {
      config,
      schema: {
        operationId: 'findUser',
        summary: 'Show a user',
        description: 'Includes the user’s limit and number of ongoing calls.',
        tags,
        params: UserParams,
        response: { 200: shownUser },
        errors: [UserNotFound],
      },
    },
    async ({ params }) => adminUser(await users.findUser(params.name)),
  );

  app.get(
    '/admin/users/:name/calls',
    {
      config,
      schema: {
        operationId: 'showUserCalls',
        summary: 'Show a user’s limit and ongoing calls',
        description: 'The limit, the number of ongoing calls, and the calls themselves.',
        tags,
        produces: JSON_OR_XML,
        params: UserParams,
        response: { 200: UserCalls },
        errors: [UserNotFound, NotAcceptable],
      },
    },
    async (request, reply) => {
      const { name, limit, ongoing } = adminUser(await users.findUser(request.params.name));
      const page = { size: Math.max(1, ongoing) };
      const { items } = await calls.listCalls({ userName: name, ongoing: true }, page);
      const now = new Date();
      const shown = items.map((call) => adminCall(call, now));
      return represent(request, reply, {
        json: { user: name, limit, ongoing, calls: shown },
        xml: { user: { name, limit, ongoing, calls: { call: shown.map(adminCallInXml) } } },
      });
    },
  );
};
