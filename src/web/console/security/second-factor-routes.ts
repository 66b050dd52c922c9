import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { SignInRefused } from '../../../core/people/people-errors.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { actorOf } from '../../entry/actor.ts';
import { administratorOf } from '../administrator.ts';
import { ReturnTo, readReturnTo, SECOND_FACTOR } from '../return-to.ts';
import { sessionOf } from '../session/session-entry.ts';
import type { ConsoleSecurity } from './console-security.ts';
import { secondFactorPage } from './second-factor-page.ts';

const CodeForm = Type.Object({ code: Type.String({ maxLength: 20 }), ...ReturnTo });
const PasskeyForm = Type.Object({ response: Type.String({ maxLength: 16_384 }), ...ReturnTo });

/** The second step of the sign-in: a passkey, or a code. */
export function secondFactorRoutes(security: ConsoleSecurity, publicUrl: string) {
  const preValidation = sameOriginOnly(publicUrl);

  async function stepPage(request: FastifyRequest, given: unknown, wrong?: string): Promise<Page> {
    const { return_to } = (given ?? {}) as { return_to?: string };
    const administrator = administratorOf(request);
    const { impossiblePasskeys } = security;
    const factors = await security.list(administrator.userId);
    return secondFactorPage({
      ...{ administrator, factors, impossiblePasskeys, wrong },
      returnTo: readReturnTo(return_to, publicUrl),
    });
  }

  const errorPage: ErrorPage = async (error, request) =>
    error instanceof SignInRefused || error instanceof InvalidInput
      ? stepPage(request, request.body, error.message)
      : undefined;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'console', evenWhile: ['secondFactorOwed'] } as const;
    const formConfig = { ...config, errorPage };

    app.get(
      SECOND_FACTOR,
      { config, schema: { hide: true, querystring: Type.Object(ReturnTo) } },
      async (request, reply) => {
        if (sessionOf(request).standing === 'complete')
          return reply.redirect(readReturnTo(request.query.return_to, publicUrl), 303);
        return sendPage(reply, await stepPage(request, request.query));
      },
    );

    app.post(
      `${SECOND_FACTOR}/code`,
      { config: formConfig, preValidation, schema: { hide: true, body: CodeForm } },
      async (request, reply) => {
        await security.showCode(sessionOf(request), request.body.code, actorOf(request));
        return reply.redirect(readReturnTo(request.body.return_to, publicUrl), 303);
      },
    );

    app.post(
      `${SECOND_FACTOR}/passkey/options`,
      { config, preValidation, schema: { hide: true } },
      (request) => security.askForPasskey(sessionOf(request)),
    );

    app.post(
      `${SECOND_FACTOR}/passkey`,
      { config: formConfig, preValidation, schema: { hide: true, body: PasskeyForm } },
      async (request, reply) => {
        await security.showPasskey(sessionOf(request), request.body.response, actorOf(request));
        return reply.redirect(readReturnTo(request.body.return_to, publicUrl), 303);
      },
    );
  };
}
