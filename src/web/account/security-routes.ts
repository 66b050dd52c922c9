import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { SignInRefused } from '../../core/people/people-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { doneNotice } from '../../platform/http/pages/notices.ts';
import { sendPage } from '../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../platform/http/same-origin.ts';
import { ACCOUNT, accountPage, actorOf, personOf } from './account-frame.ts';
import type { AccountParts } from './account-parts.ts';
import { securityBody } from './security-page.ts';

const PATH = `${ACCOUNT}/security` as const;
const DONE = { password: 'The password is changed.' };

const Passwords = Type.Object({
  current_password: Type.String({ minLength: 1, maxLength: 1024 }),
  new_password: Type.String(),
});

export function securityRoutes({ accounts, signIn, session, publicUrl }: AccountParts) {
  const config = { entry: 'person' } as const;
  const preValidation = sameOriginOnly(publicUrl);

  const errorPage: ErrorPage = async (error, request) =>
    request.person && (error instanceof SignInRefused || error instanceof InvalidInput)
      ? accountPage(request, PATH, {
          title: 'Security',
          body: securityBody(request.person.name, error.message),
        })
      : undefined;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      PATH,
      { config, schema: { hide: true, querystring: Type.Object({ done: Type.Optional(Type.String()) }) } },
      async (request, reply) => {
        const body = doneNotice(DONE, request.query.done) + securityBody(personOf(request).name);
        return sendPage(reply, accountPage(request, PATH, { title: 'Security', body }));
      },
    );

    app.post(
      `${PATH}/password`,
      { config: { ...config, errorPage }, preValidation, schema: { hide: true, body: Passwords } },
      async (request, reply) => {
        const person = personOf(request);
        const { current_password: current, new_password: next } = request.body;
        const proof = await signIn.confirm(request, reply, person.name, current);
        const renewed = await accounts.changePassword(proof, next, actorOf(request));
        await session.begin(request, reply, renewed);
        return reply.redirect(`${PATH}?done=password`, 303);
      },
    );

    app.post(
      `${PATH}/sign-out-everywhere`,
      { config, preValidation, schema: { hide: true } },
      async (request, reply) => {
        await accounts.signOutEverywhere(personOf(request).userId, actorOf(request));
        await session.end(request, reply);
        return reply.redirect('/signed-out', 303);
      },
    );
  };
}
