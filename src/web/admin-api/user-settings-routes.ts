import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { CannotDisableSelf, PasswordHashingBusy, UserNotFound } from '../../core/people/people-errors.ts';
import type { UserService } from '../../core/people/user-service.ts';
import { empty } from '../../platform/http/openapi/response.ts';
import { actorOf } from '../entry/actor.ts';
import { TAGS } from '../representations/tags.ts';
import {
  adminUser,
  limit,
  numbers,
  password,
  passwordChangeRequired,
  shownUser,
  sipAddress,
  UserParams,
} from './user-schemas.ts';

const config = { entry: 'administrator' } as const;
const tags = [TAGS.adminUsers];

interface AdminUserSettingsDeps {
  readonly users: UserService;
}

/** One route for each setting of a user. */
export const adminUserSettingsRoutes: FastifyPluginAsyncTypebox<AdminUserSettingsDeps> = async (
  app,
  { users },
) => {
  app.put(
    '/admin/users/:name/limit',
    {
      config,
      schema: {
        operationId: 'setLimit',
        summary: 'Set a user’s limit',
        description: 'Takes effect with the next call; ongoing calls stay.',
        tags,
        params: UserParams,
        body: Type.Object({ limit }, { additionalProperties: false }),
        response: { 200: shownUser },
        errors: [UserNotFound],
      },
    },
    async (request) =>
      adminUser(await users.setLimit(request.params.name, request.body.limit, actorOf(request))),
  );

  app.put(
    '/admin/users/:name/numbers',
    {
      config,
      schema: {
        operationId: 'setNumbers',
        summary: 'Set a user’s phone numbers',
        description:
          'Replaces all numbers that the user may call from. The first number is the one that rings. The list may be empty.',
        tags,
        params: UserParams,
        body: Type.Object({ numbers }, { additionalProperties: false }),
        response: { 200: shownUser },
        errors: [UserNotFound],
      },
    },
    async (request) =>
      adminUser(await users.setNumbers(request.params.name, request.body.numbers, actorOf(request))),
  );

  app.put(
    '/admin/users/:name/sip-address',
    {
      config,
      schema: {
        operationId: 'setSipAddress',
        summary: 'Set a user’s SIP address',
        description: 'Takes effect with the next call. Null means the address from the configuration.',
        tags,
        params: UserParams,
        body: Type.Object({ sipAddress }, { additionalProperties: false }),
        response: { 200: shownUser },
        errors: [UserNotFound],
      },
    },
    async (request) =>
      adminUser(await users.setSipAddress(request.params.name, request.body.sipAddress, actorOf(request))),
  );

  app.put(
    '/admin/users/:name/password',
    {
      config,
      schema: {
        operationId: 'setPassword',
        summary: 'Set a user’s password',
        description: 'Ends the user’s sessions and tokens.',
        tags,
        params: UserParams,
        body: Type.Object(
          { password, passwordChangeRequired: Type.Optional(passwordChangeRequired) },
          { additionalProperties: false },
        ),
        response: { 204: empty('The password is set.') },
        errors: [UserNotFound, PasswordHashingBusy],
      },
    },
    async (request, reply) => {
      const { password: given, passwordChangeRequired: changeRequired } = request.body;
      await users.setPassword(request.params.name, { password: given, changeRequired }, actorOf(request));
      return reply.code(204).send();
    },
  );

  app.put(
    '/admin/users/:name/disabled',
    {
      config,
      schema: {
        operationId: 'setDisabled',
        summary: 'Disable or enable a user',
        description: 'Disabling ends the user’s sessions, tokens and ongoing calls.',
        tags,
        params: UserParams,
        body: Type.Object({ disabled: Type.Boolean() }, { additionalProperties: false }),
        response: { 200: shownUser },
        errors: [UserNotFound, CannotDisableSelf],
      },
    },
    async (request) =>
      adminUser(await users.setDisabled(request.params.name, request.body.disabled, actorOf(request))),
  );
};
