import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import {
  CredentialsRefused,
  PasswordHashingBusy,
  SignInRefused,
  TooManySignIns,
} from '../../core/people/people-errors.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { CrossSiteForm, NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { FORM_OR_JSON, JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { type SignInForm, signInPage } from '../oauth/sign-in/sign-in-page.ts';
import { SAMPLES } from '../representations/samples.ts';
import { TAGS } from '../representations/tags.ts';
import { ClientUnknown, RedirectUriMismatch } from './authorization-errors.ts';
import {
  type AuthorizationRequest,
  addressWith,
  authorizationParameters,
  CarriedParameters,
  type CheckedClient,
  carriedParameters,
  checkAuthorizationRequest,
} from './authorization-request.ts';

const config = { entry: 'anyone', errorStyle: 'classic' } as const;
const tags = [TAGS.classicAuthorization];

const Credentials = Type.Object({
  ...authorizationParameters,
  username: Type.String({ minLength: 1, maxLength: 100, examples: [SAMPLES.user] }),
  password: Type.String({ minLength: 1, maxLength: 1024, format: 'password', examples: ['demo'] }),
});
type Credentials = Static<typeof Credentials>;

interface ClassicSignInDeps {
  readonly server: AuthorizationServer;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** Sign-in before the consent page. */
export const classicSignInRoutes: FastifyPluginAsyncTypebox<ClassicSignInDeps> = async (
  app,
  { server, session, signIn },
) => {
  const check = (request: AuthorizationRequest) => checkAuthorizationRequest(server.provider, request);

  const errorPage: ErrorPage = async (error, request) => {
    const form = request.body as Credentials;
    return error instanceof SignInRefused || error instanceof PasswordHashingBusy
      ? pageOf(form, await check(form), { userName: form.username, wrong: error.message })
      : undefined;
  };

  app.get(
    '/auth/login',
    {
      config,
      schema: {
        operationId: 'showSignInForm',
        summary: 'Show the sign-in form',
        description: 'A form for browsers; its parameters for programs.',
        tags,
        produces: JSON_OR_PAGE,
        querystring: Type.Object(authorizationParameters),
        response: {
          200: CarriedParameters,
          303: redirect(
            'To `/auth/grant`: the user is already signed in. To `redirect_uri` with `error=invalid_scope`: the scope is not `call`.',
          ),
        },
        errors: [ClientUnknown, RedirectUriMismatch, ...databaseErrors, NotAcceptable],
      },
    },
    async (request, reply) => {
      const client = await check(request.query);
      if (await session.findUserId(request, reply))
        return reply.redirect(addressWith('/auth/grant', request.query), 303);
      return sendPageOrJson(request, reply, {
        page: pageOf(request.query, client),
        json: carriedParameters(request.query),
      });
    },
  );

  app.post(
    '/auth/login',
    {
      config: { ...config, errorPage },
      schema: {
        operationId: 'signIn',
        summary: 'Sign in',
        description: 'Starts a session, which a cookie holds.',
        tags,
        consumes: FORM_OR_JSON,
        body: Credentials,
        response: {
          303: redirect(
            'To `/auth/grant` with the same parameters; to `redirect_uri` with `error=invalid_scope` for a scope that is not `call`.',
          ),
        },
        errors: [
          ClientUnknown,
          RedirectUriMismatch,
          ...databaseErrors,
          CredentialsRefused,
          CrossSiteForm,
          PasswordHashingBusy,
          TooManySignIns,
        ],
      },
    },
    async (request, reply) => {
      const { username, password } = request.body;
      await check(request.body);
      // The flow of 2012 has no step for a new password, so it accepts one that must be changed.
      const terms = { newPassword: undefined };
      await session.begin(request, reply, await signIn.signIn(request, reply, { username, password }, terms));
      return reply.redirect(addressWith('/auth/grant', request.body), 303);
    },
  );
};

function pageOf(
  authorization: AuthorizationRequest,
  client: CheckedClient,
  refused: Pick<SignInForm, 'userName' | 'wrong'> = {},
): Page {
  return signInPage({
    action: '/auth/login',
    hidden: carriedParameters(authorization),
    clientName: client.name,
    ...refused,
  });
}
