import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { createPassword } from '../../../core/people/password.ts';
import { UserNotFound } from '../../../core/people/people-errors.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { callsOf, USERS, userAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { type Gone, goneIn } from '../parts/gone-page.ts';
import { DoneQuery } from '../parts/notices.ts';
import { shownSecret } from '../parts/shown-secret.ts';
import { linesOf } from '../parts/typed-lines.ts';
import { readLimit, readPhone } from './user-form.ts';
import type { RefusedForm } from './user-page.ts';
import { refusedIn, type UserParts, userPage } from './user-view.ts';

const params = Type.Object({ name: Type.String({ maxLength: 64 }) });
const typed = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

const GONE: Gone = {
  error: UserNotFound,
  title: 'There is no such user',
  perhaps: 'It was erased, which takes the name and the numbers from its calls, or there never was one.',
  calls: ({ params: given }) => callsOf({ user: (given as Static<typeof params>).name }),
};

/** One user: to see, and to change. */
export function userRoutes(parts: UserParts) {
  const { users, publicUrl } = parts;
  const preValidation = sameOriginOnly(publicUrl);
  const refusing = (form: RefusedForm['form']) =>
    ({ entry: 'console', errorPage: refusedIn(form, parts) }) as const;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      `${USERS}/:name`,
      {
        config: { entry: 'console', errorPage: goneIn(USERS, GONE) },
        schema: { hide: true, params, querystring: DoneQuery },
      },
      async (request, reply) => sendPage(reply, await userPage(request, parts, { done: request.query.done })),
    );

    app.post(
      `${USERS}/:name/limit`,
      {
        config: refusing('limit'),
        preValidation,
        schema: { hide: true, params, body: Type.Object({ limit: typed(40) }) },
      },
      async (request, reply) => {
        const { name } = await users.setLimit(
          request.params.name,
          readLimit(request.body.limit),
          actorOf(request),
        );
        return reply.redirect(`${userAddress(name)}?done=limit`, 303);
      },
    );

    app.post(
      `${USERS}/:name/numbers`,
      {
        config: refusing('numbers'),
        preValidation,
        schema: { hide: true, params, body: Type.Object({ numbers: typed(4_000) }) },
      },
      async (request, reply) => {
        const { name } = await users.setNumbers(
          request.params.name,
          linesOf(request.body.numbers),
          actorOf(request),
        );
        return reply.redirect(`${userAddress(name)}?done=numbers`, 303);
      },
    );

    app.post(
      `${USERS}/:name/phone`,
      {
        config: refusing('phone'),
        preValidation,
        schema: { hide: true, params, body: Type.Object({ phone: typed(2_000) }) },
      },
      async (request, reply) => {
        const { name } = await users.setSipAddress(
          request.params.name,
          readPhone(request.body.phone),
          actorOf(request),
        );
        return reply.redirect(`${userAddress(name)}?done=phone`, 303);
      },
    );

    app.post(
      `${USERS}/:name/password`,
      {
        config: refusing('password'),
        preValidation,
        schema: { hide: true, params, body: Type.Object({ password: typed(2_000) }) },
      },
      async (request, reply) => {
        const { name } = await users.findUser(request.params.name);
        const given = request.body.password ?? '';
        const password = given === '' ? createPassword() : given;
        await users.setPassword(name, password, actorOf(request));
        if (given !== '') return reply.redirect(`${userAddress(name)}?done=password`, 303);
        const page = consolePage({
          ...{ title: 'The password is reset', current: USERS, administrator: administratorOf(request) },
          wide: false,
          body: shownSecret({
            label: `The new password of ${name}`,
            secret: password,
            onward: { href: userAddress(name), text: `Back to ${name}` },
          }),
        });
        return sendPage(reply, page);
      },
    );
  };
}
