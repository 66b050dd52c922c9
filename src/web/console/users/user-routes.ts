import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { GrantService } from '../../../core/grants/grant-service.ts';
import { createPassword } from '../../../core/people/password.ts';
import { UserNotFound } from '../../../core/people/people-errors.ts';
import type { UserService } from '../../../core/people/user-service.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { actorOf } from '../../entry/actor.ts';
import { isFormError, typedFields } from '../../form-errors.ts';
import { callsOf, USERS, userAddress } from '../addresses.ts';
import { DoneQuery, linesOf, typedText } from '../forms.ts';
import { administratorOf, consolePage, errorPageIn, type MissingPage, missingPageIn } from '../frame.ts';
import { readLimit, readPhone } from './user-forms.ts';
import { passwordBody, type RefusedForm, type ShownUser, userBody } from './user-page.ts';

const params = Type.Object({ name: Type.String({ maxLength: 64 }) });
const path = `${USERS}/:name`;

const MISSING: MissingPage = {
  error: UserNotFound,
  title: 'User not found',
  why: 'The user was erased, which removes the name and the numbers from the user’s calls, or never existed.',
  calls: ({ params: given }) => callsOf({ user: (given as Static<typeof params>).name }),
};

const PasswordForm = Type.Object({
  password: typedText(2_000),
  change_required: Type.Optional(Type.Literal('true')),
});

interface ConsoleUserDeps {
  readonly users: UserService;
  readonly grants: GrantService;
}

/** The page of a user, with a form for each setting. */
export const consoleUserRoutes: FastifyPluginAsyncTypebox<ConsoleUserDeps> = async (
  app,
  { users, grants },
) => {
  /** @throws UserNotFound */
  async function userPage(
    request: FastifyRequest,
    shown: Pick<ShownUser, 'done' | 'refused'>,
  ): Promise<Page> {
    const user = await users.findUser((request.params as Static<typeof params>).name);
    const granted = await grants.listGrants(user.name);
    const own = user.id === administratorOf(request).userId;
    const body = userBody({ user, grants: granted, own, ...shown });
    return consolePage(request, { title: user.name, current: USERS, body });
  }

  /** The error page shows the form again with its fields, except a password. */
  const configOf = (form: RefusedForm['form']) => {
    const errorPage = errorPageIn(USERS, async (error, request) => {
      if (!isFormError(error)) return undefined;
      const { [form]: typed = '', change_required } = typedFields(request.body);
      const kept =
        form === 'password' ? { typed: '', changeRequired: change_required === 'true' } : { typed };
      const refused = { form, wrong: error.message, ...kept };
      return userPage(request, { refused });
    });
    return { entry: 'console', errorPage } as const;
  };

  app.get(
    path,
    {
      config: { entry: 'console', errorPage: missingPageIn(USERS, MISSING) },
      schema: { hide: true, params, querystring: DoneQuery },
    },
    async (request, reply) => sendPage(reply, await userPage(request, { done: request.query.done })),
  );

  app.post(
    `${path}/limit`,
    {
      config: configOf('limit'),
      schema: { hide: true, params, body: Type.Object({ limit: typedText(40) }) },
    },
    async (request, reply) => {
      const limit = readLimit(request.body.limit);
      const { name } = await users.setLimit(request.params.name, limit, actorOf(request));
      return reply.redirect(`${userAddress(name)}?done=limit`, 303);
    },
  );

  app.post(
    `${path}/numbers`,
    {
      config: configOf('numbers'),
      schema: { hide: true, params, body: Type.Object({ numbers: typedText(4_000) }) },
    },
    async (request, reply) => {
      const numbers = linesOf(request.body.numbers);
      const { name } = await users.setNumbers(request.params.name, numbers, actorOf(request));
      return reply.redirect(`${userAddress(name)}?done=numbers`, 303);
    },
  );

  app.post(
    `${path}/phone`,
    {
      config: configOf('phone'),
      schema: { hide: true, params, body: Type.Object({ phone: typedText(2_000) }) },
    },
    async (request, reply) => {
      const sipAddress = readPhone(request.body.phone);
      const { name } = await users.setSipAddress(request.params.name, sipAddress, actorOf(request));
      return reply.redirect(`${userAddress(name)}?done=phone`, 303);
    },
  );

  app.post(
    `${path}/password`,
    {
      config: configOf('password'),
      schema: { hide: true, params, body: PasswordForm },
    },
    async (request, reply) => {
      const { name } = await users.findUser(request.params.name);
      const { password: typed = '', change_required } = request.body;
      const password = typed === '' ? createPassword() : typed;
      const given = { password, changeRequired: change_required === 'true' };
      await users.setPassword(name, given, actorOf(request));
      if (typed !== '') return reply.redirect(`${userAddress(name)}?done=password`, 303);
      const title = 'The password is reset';
      const body = passwordBody(name, password);
      return sendPage(reply, consolePage(request, { title, current: USERS, wide: false, body }));
    },
  );
};
