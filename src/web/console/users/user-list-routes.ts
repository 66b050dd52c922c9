import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { createPassword } from '../../../core/people/password.ts';
import { UserExists } from '../../../core/people/people-errors.ts';
import type { UserService } from '../../../core/people/user-service.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { isFormError, typedFields } from '../../form-errors.ts';
import { NEW_USER, USERS, userAddress } from '../addresses.ts';
import { linesOf, typedText } from '../forms.ts';
import { consolePage, errorPageIn } from '../frame.ts';
import { newUserForm, readLimit, readPhone, type TypedUser } from './user-forms.ts';
import { userListBody } from './user-list-page.ts';
import { passwordBody } from './user-page.ts';

const PAGE_SIZE = 50;
const Query = Type.Object({
  name: Type.Optional(Type.String({ maxLength: 64 })),
  page_token: Type.Optional(Type.String({ maxLength: 512 })),
  done: Type.Optional(Type.String({ maxLength: 64 })),
});
const NewUser = Type.Object({
  name: typedText(200),
  password: typedText(2_000),
  limit: typedText(40),
  numbers: typedText(4_000),
  phone: typedText(2_000),
  administrator: Type.Optional(Type.Literal('true')),
  change_required: Type.Optional(Type.Literal('true')),
});

interface ConsoleUserListDeps {
  readonly users: UserService;
  /** The limit that the form for a new user suggests. */
  readonly defaultLimit: number;
}

/** The list of users, and adding a new one. */
export const consoleUserListRoutes: FastifyPluginAsyncTypebox<ConsoleUserListDeps> = async (
  app,
  { users, defaultLimit },
) => {
  const newUserPage = (request: FastifyRequest, typed: TypedUser, wrong?: string): Page =>
    consolePage(request, {
      title: 'Add a user',
      current: USERS,
      wide: false,
      body: newUserForm(typed, wrong),
    });

  const errorPage = errorPageIn(USERS, async (error, request) =>
    isFormError(error, UserExists)
      ? newUserPage(request, typedFields(request.body), error.message)
      : undefined,
  );

  app.get(
    USERS,
    {
      config: { entry: 'console', errorPage: errorPageIn(USERS) },
      schema: { hide: true, querystring: Query },
    },
    async (request, reply) => {
      const { name: typed = '', page_token: token, done } = request.query;
      const name = typed.trim();
      const page = await users.listUsers({ size: PAGE_SIZE, token }, name);
      const body = userListBody({ name, page, done });
      return sendPage(reply, consolePage(request, { title: 'Users', current: USERS, body }));
    },
  );

  app.get(
    NEW_USER,
    { config: { entry: 'console', errorPage }, schema: { hide: true } },
    async (request, reply) =>
      sendPage(reply, newUserPage(request, { limit: String(defaultLimit), change_required: 'true' })),
  );

  app.post(
    NEW_USER,
    { config: { entry: 'console', errorPage }, schema: { hide: true, body: NewUser } },
    async (request, reply) => {
      const { name = '', password: typed = '', limit, numbers, phone } = request.body;
      const { administrator, change_required } = request.body;
      const password = typed === '' ? createPassword() : typed;
      const added = {
        name: name.trim(),
        password,
        passwordChangeRequired: change_required === 'true',
        administrator: administrator === 'true',
        maxOngoingCalls: readLimit(limit),
        numbers: linesOf(numbers),
        sipAddress: readPhone(phone),
      };
      const user = await users.addUser(added, actorOf(request));
      if (typed !== '') return reply.redirect(`${userAddress(user.name)}?done=added`, 303);
      const title = `${user.name} is added`;
      const body = passwordBody(user.name, password);
      return sendPage(reply, consolePage(request, { title, current: USERS, wide: false, body }));
    },
  );
};
