import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { SessionService } from '../../../core/console-sessions/session-service.ts';
import { SignInRefused } from '../../../core/people/people-errors.ts';
import { InvalidInput } from '../../../platform/domain-error.ts';
import type { ErrorPage } from '../../../platform/http/errors/error-config.ts';
import { type Page, sendPage } from '../../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../../platform/http/same-origin.ts';
import { SIGN_OUT } from '../parts/console-page.ts';
import { ReturnTo, readReturnTo, SIGN_IN } from '../return-to.ts';
import type { ConsoleSignIn } from './console-sign-in.ts';
import type { SessionCookie } from './session-cookie.ts';
import { sessionOf } from './session-entry.ts';
import { consoleSignInPage } from './sign-in-page.ts';

const Query = Type.Object(ReturnTo);
const Form = Type.Object({
  username: Type.Optional(Type.String({ maxLength: 100 })),
  password: Type.Optional(Type.String({ maxLength: 1024 })),
  ...ReturnTo,
});
type Form = Static<typeof Form>;

interface Parts {
  readonly signIn: ConsoleSignIn;
  readonly sessions: SessionService;
  readonly cookie: SessionCookie;
  readonly publicUrl: string;
}

/** Into the console, and out of it. */
export function consoleSignInRoutes({ signIn, sessions, cookie, publicUrl }: Parts) {
  const preValidation = sameOriginOnly(publicUrl);

  function signInPage(request: FastifyRequest, given: Form, wrong?: string): Page {
    const { username: userName, return_to } = given;
    const returnTo = readReturnTo(return_to, publicUrl);
    const fromElsewhere = request.headers['sec-fetch-site'] === 'cross-site';
    return consoleSignInPage({
      returnTo,
      fromElsewhere,
      ...(userName !== undefined && { userName }),
      ...(wrong !== undefined && { wrong }),
    });
  }

  const errorPage: ErrorPage = async (error, request) =>
    error instanceof SignInRefused || error instanceof InvalidInput
      ? signInPage(request, (request.body ?? {}) as Form, error.message)
      : undefined;

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.get(
      SIGN_IN,
      { config: { entry: 'anyone' }, schema: { hide: true, querystring: Query } },
      async (request, reply) => {
        if (await signIn.isSignedIn(request, reply))
          return reply.redirect(readReturnTo(request.query.return_to, publicUrl), 303);
        return sendPage(reply, signInPage(request, request.query));
      },
    );

    app.post(
      SIGN_IN,
      { config: { entry: 'anyone', errorPage }, preValidation, schema: { hide: true, body: Form } },
      async (request, reply) => {
        const { username, password, return_to } = request.body;
        if (!username || !password) throw new InvalidInput('username', 'Enter your user name and password.');
        await signIn.signIn(request, reply, { username, password });
        return reply.redirect(readReturnTo(return_to, publicUrl), 303);
      },
    );

    app.post(
      SIGN_OUT,
      {
        config: { entry: 'console', evenWhile: ['secondFactorOwed', 'setUpOwed'] },
        preValidation,
        schema: { hide: true },
      },
      async (request, reply) => {
        await sessions.end(sessionOf(request), request.ip);
        cookie.clear(request, reply);
        return reply.redirect(SIGN_IN, 303);
      },
    );
  };
}
