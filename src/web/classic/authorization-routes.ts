import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { GrantService } from '../../core/grants/grant-service.ts';
import { SCOPE_CALL } from '../../core/tokens/access-token.ts';
import { databaseErrors } from '../../platform/database/database-errors.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { CrossSiteForm, NotAcceptable } from '../../platform/http/errors/request-errors.ts';
import { FORM_OR_JSON, JSON_OR_PAGE } from '../../platform/http/openapi/operation.ts';
import { redirect } from '../../platform/http/openapi/response.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { readChoice } from '../oauth/consent/choice.ts';
import { consentPage } from '../oauth/consent/consent-page.ts';
import { type ConsentTermDeps, readConsentTerms } from '../oauth/consent/consent-terms.ts';
import { NothingAllowed } from '../oauth/consent/interaction-errors.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { toInProcessGet } from '../oauth/provider/in-process-requests.ts';
import { passToProvider } from '../oauth/provider/pass-to-provider.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { TAGS } from '../representations/tags.ts';
import { ClientUnknown, GrantRefused, RedirectUriMismatch } from './authorization-errors.ts';
import {
  type AuthorizationRequest,
  addressWith,
  authorizationParameters,
  CarriedParameters,
  carriedParameters,
  checkAuthorizationRequest,
  refusalAddress,
} from './authorization-request.ts';

const config = { entry: 'anyone', errorStyle: 'classic' } as const;
const tags = [TAGS.classicAuthorization];
const SCOPES = [SCOPE_CALL];
const querystring = Type.Object(authorizationParameters);
const errors = [ClientUnknown, RedirectUriMismatch, ...databaseErrors];
const TO_APPLICATION =
  'To `redirect_uri?code=…`, or `redirect_uri#access_token=…&token_type=Bearer&expires_in=3600`; with `error=access_denied` if access was denied, and `error=invalid_scope` for a scope of the modern APIs.';

const Decision = Type.Object({
  ...authorizationParameters,
  grant: Type.Optional(
    Type.String({ description: '`true` to allow; anything else denies.', examples: ['true'] }),
  ),
  choice: Type.Optional(
    Type.String({
      description: '`scopes` if `allowed_scope` lists what is allowed; otherwise all requested scopes are.',
      examples: ['scopes'],
    }),
  ),
  allowed_scope: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String(), { maxItems: 100 })], {
      description: 'The scopes that the user allows, one value each.',
      examples: ['call'],
    }),
  ),
});

interface ClassicAuthorizationDeps extends ConsentTermDeps {
  readonly grants: GrantService;
  readonly publicUrl: string;
  readonly server: AuthorizationServer;
  readonly session: BrowserSession;
  readonly signIn: BrowserSignIn;
}

/** The application flow and the client-side flow of 2012: /oauth/auth, sign-in, consent, and back to the application. */
export const classicAuthorizationRoutes: FastifyPluginAsyncTypebox<ClassicAuthorizationDeps> = async (
  app,
  { accounts, clients, grants, publicUrl, server, session, signIn },
) => {
  const check = (request: AuthorizationRequest) => checkAuthorizationRequest(server.provider, request);

  /** Lets the provider's authorization endpoint respond: it validates the request again, and issues the code or the token. */
  function authorize(
    request: FastifyRequest,
    reply: FastifyReply,
    authorization: AuthorizationRequest,
  ): Promise<void> {
    const implicit = authorization.response_type === 'token';
    const parameters = new URLSearchParams({
      ...carriedParameters(authorization),
      scope: SCOPE_CALL,
      response_type: implicit ? 'none' : 'code',
      response_mode: implicit ? 'classic.token' : 'classic.code',
    });
    const authorizationRequest = toInProcessGet(request.raw, `/oauth/authorize?${parameters}`);
    return passToProvider(server, publicUrl, request, reply, authorizationRequest);
  }

  /** @returns the id of the user who is signed in and not disabled */
  async function findUser(request: FastifyRequest, reply: FastifyReply): Promise<string | undefined> {
    const userId = await session.findUserId(request, reply);
    return userId !== undefined && (await signIn.findAccount(userId)) ? userId : undefined;
  }

  async function pageOf(userId: string, authorization: AuthorizationRequest, wrong?: string): Promise<Page> {
    const { client_id: clientId, redirect_uri: redirectUri } = authorization;
    return consentPage({
      action: '/auth/grant',
      hidden: carriedParameters(authorization),
      field: 'allowed_scope',
      redirectUri,
      scopes: SCOPES,
      terms: await readConsentTerms({ clients, accounts }, { userId, clientId, redirectUri, scopes: SCOPES }),
      wrong,
    });
  }

  const errorPage: ErrorPage = async (error, request, reply) => {
    if (!(error instanceof NothingAllowed)) return undefined;
    const userId = await findUser(request, reply);
    return userId === undefined
      ? undefined
      : pageOf(userId, request.body as AuthorizationRequest, error.message);
  };

  app.get(
    '/oauth/auth',
    {
      config,
      schema: {
        operationId: 'startClassicAuthorization',
        summary: 'Ask a user for permission',
        description:
          'Applications redirect the user here: with response type `code` for the application flow, with `token` for the client-side flow.',
        tags,
        querystring,
        response: {
          302: redirect('To `/auth/login` with the same parameters.'),
          303: redirect('To `redirect_uri` with `error=invalid_scope`: the scope is not `call`.'),
        },
        errors,
      },
    },
    async ({ query }, reply) => {
      await check(query);
      return reply.redirect(addressWith('/auth/login', query), 302);
    },
  );

  app.get(
    '/auth/grant',
    {
      config,
      exposeHeadRoute: false,
      schema: {
        operationId: 'showConsentForm',
        summary: 'Show the consent form',
        description: 'A form for browsers; its parameters for programs.',
        tags,
        produces: JSON_OR_PAGE,
        querystring,
        response: {
          200: CarriedParameters,
          302: redirect('To `/auth/login`: the user is not signed in.'),
          303: redirect(`The user has allowed the application before. ${TO_APPLICATION}`),
        },
        errors: [...errors, NotAcceptable],
      },
    },
    async (request, reply) => {
      const authorization = request.query;
      const client = await check(authorization);
      const userId = await findUser(request, reply);
      if (!userId) return reply.redirect(addressWith('/auth/login', authorization), 302);
      const granted = await grants.findGrantedScopes(userId, client.id);
      if (granted?.includes(SCOPE_CALL)) return authorize(request, reply, authorization);
      const page = await pageOf(userId, authorization);
      return sendPageOrJson(request, reply, { page, json: carriedParameters(authorization) });
    },
  );

  app.post(
    '/auth/grant',
    {
      config: { ...config, errorPage },
      schema: {
        operationId: 'grant',
        summary: 'Allow or deny access',
        description: 'Issues the code or the token; redirects to `/auth/login` if the user is not signed in.',
        tags,
        consumes: FORM_OR_JSON,
        body: Decision,
        response: { 303: redirect(TO_APPLICATION) },
        errors: [...errors, CrossSiteForm],
      },
    },
    async (request, reply) => {
      const { grant, choice, allowed_scope: selected, ...authorization } = request.body;
      const client = await check(authorization);
      const userId = await findUser(request, reply);
      if (!userId) return reply.redirect(addressWith('/auth/login', authorization), 303);
      if (grant !== 'true') {
        await grants.refuse(userId, client.id, SCOPES, request.ip);
        throw new GrantRefused(refusalAddress(authorization));
      }
      await grants.grant(userId, client.id, readChoice(SCOPES, { choice, selected }), {
        ipAddress: request.ip,
      });
      return authorize(request, reply, authorization);
    },
  );
};
