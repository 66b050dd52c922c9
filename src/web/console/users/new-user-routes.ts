import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { createPassword } from '../../../core/people/password.ts';
import { UserExists } from '../../../core/people/people-errors.ts';
import type { UserService } from '../../../core/people/user-service.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import { sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { NEW_USER, USERS, userAddress } from '../addresses.ts';
import { administratorOf } from '../administrator.ts';
import { consolePage } from '../parts/console-page.ts';
import { problemIn } from '../parts/problem-page.ts';
import { shownSecret } from '../parts/shown-secret.ts';
import { linesOf } from '../parts/typed-lines.ts';
import { newUserBody, type TypedUser } from './new-user-page.ts';
import { readLimit, readPhone } from './user-form.ts';

const text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
const Form = Type.Object({
  name: text(200),
  password: text(2_000),
  limit: text(40),
  numbers: text(4_000),
  phone: text(2_000),
  administrator: Type.Optional(Type.Literal('true')),
});
type Form = Static<typeof Form>;

export interface NewUserParts {
  readonly users: UserService;
  readonly publicUrl: string;
  /** Of ongoing calls, unless another one is typed. */
  readonly defaultLimit: number;
}

export function newUserRoutes({ users, publicUrl, defaultLimit }: NewUserParts) {
  const shown = (request: FastifyRequest, typed: TypedUser, wrong?: string) =>
    consolePage({
      ...{ title: 'Add a user', current: USERS, administrator: administratorOf(request), wide: false },
      body: newUserBody(typed, wrong),
    });

  const errorPage = problemIn(USERS, async (error, request) =>
    error instanceof InvalidInput || error instanceof UserExists
      ? shown(request, (request.body ?? {}) as Form, error.message)
      : undefined,
  );

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', errorPage } as const;

    app.get(NEW_USER, { config, schema: { hide: true } }, async (request, reply) =>
      sendPage(reply, shown(request, { limit: String(defaultLimit) })),
    );

    app.post(
      NEW_USER,
      { config, preValidation: sameOriginOnly(publicUrl), schema: { hide: true, body: Form } },
      async (request, reply) => {
        const { name = '', password: typed = '', limit, numbers, phone, administrator } = request.body;
        const password = typed === '' ? createPassword() : typed;
        const added = {
          ...{ name: name.trim(), password, administrator: administrator === 'true' },
          ...{ maxOngoingCalls: readLimit(limit), numbers: linesOf(numbers) },
          sipAddress: readPhone(phone),
        };
        const user = await users.addUser(added, actorOf(request));
        const address = userAddress(user.name);
        if (typed !== '') return reply.redirect(`${address}?done=added`, 303);
        const page = consolePage({
          ...{ title: `${user.name} is added`, current: USERS, administrator: administratorOf(request) },
          wide: false,
          body: shownSecret({
            label: `The password of ${user.name}`,
            secret: password,
            onward: { href: address, text: `Go on to ${user.name}` },
          }),
        });
        return sendPage(reply, page);
      },
    );
  };
}
