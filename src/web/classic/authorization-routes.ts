import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type GrantService, mayGrant } from '../../core/grants/grant-service.ts';
import { SignInRefused } from '../../core/people/people-errors.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { ErrorPage } from '../../platform/http/errors/error-config.ts';
import { type Page, sendPageOrJson } from '../../platform/http/pages/page.ts';
import { sameOriginOnly } from '../../platform/http/same-origin.ts';
import { choiceOf } from '../oauth/consent/choice.ts';
import { consentTerms, type TermSources } from '../oauth/consent/consent-terms.ts';
import type { AuthorizationServer } from '../oauth/provider/authorization-server.ts';
import { passToProvider } from '../oauth/provider/provider-routes.ts';
import type { BrowserSession } from '../oauth/sign-in/browser-session.ts';
import type { BrowserSignIn } from '../oauth/sign-in/browser-sign-in.ts';
import { consoleTokenOf } from '../oauth/sign-in/console-token.ts';
import { GrantRefused } from './authorization-errors.ts';
import * as operations from './authorization-operations.ts';
import { classicConsentPage, classicSignInPage } from './authorization-pages.ts';
import {
  type AuthorizationRequest,
  carriedParameters,
  checkAuthorizationRequest,
  refusalAddress,
  requestedScopes,
} from './authorization-request.ts';

interface Parts extends TermSources {
  readonly server: AuthorizationServer;
  readonly grants: GrantService;
  readonly signIn: BrowserSignIn;
  readonly session: BrowserSession;
  readonly publicUrl: string;
}

/** The 2012 flows, application and client-side: /oauth/auth, then sign in, then grant, then back to the application. */
export function classicAuthorizationRoutes({
  server,
  grants,
  signIn,
  session,
  publicUrl,
  ...sources
}: Parts) {
  const consoleToken = consoleTokenOf(server, publicUrl);
  const requireSameOrigin = sameOriginOnly(publicUrl);
  const check = (request: AuthorizationRequest) => checkAuthorizationRequest(server.provider, request);
  const to = (path: string, request: AuthorizationRequest) =>
    `${path}?${new URLSearchParams(carriedParameters(request))}`;

  /** Lets the provider's authorization endpoint answer, which validates once more and issues the code or the token. */
  function authorize(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: AuthorizationRequest,
    scopes: readonly string[],
  ): Promise<void> {
    const implicit = asked.response_type === 'token';
    const modern = new URLSearchParams({
      ...carriedParameters(asked),
      scope: scopes.join(' '),
      response_type: implicit ? 'none' : 'code',
      response_mode: implicit ? 'classic.token' : 'classic.code',
    });
    request.raw.method = 'GET';
    request.raw.url = `/oauth/authorize?${modern}`;
    return passToProvider(server, publicUrl, request, reply);
  }

  async function consentPageFor(
    userId: string,
    asked: AuthorizationRequest,
    scopes: readonly string[],
    wrong?: string,
  ): Promise<Page> {
    const { client_id: clientId, redirect_uri: redirectUri } = asked;
    const terms = await consentTerms(sources, { userId, clientId, redirectUri, scopes });
    return classicConsentPage(asked, scopes, terms, wrong);
  }

  return async (plugin: FastifyInstance): Promise<void> => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();
    const config = { entry: 'anyone', errorStyle: 'classic' } as const;

    app.get('/oauth/auth', { config, schema: operations.begin }, async ({ query }, reply) => {
      await check(query);
      return reply.redirect(to('/auth/login', query), 302);
    });

    app.get('/auth/login', { config, schema: operations.askToSignIn }, async (request, reply) => {
      const client = await check(request.query);
      if (await session.userId(request, reply)) return reply.redirect(to('/auth/grant', request.query), 303);
      return sendPageOrJson(request, reply, {
        page: classicSignInPage(request.query, client),
        json: carriedParameters(request.query),
      });
    });

    const errorPage: ErrorPage = async (error, request) => {
      const asked = request.body as AuthorizationRequest;
      return error instanceof SignInRefused
        ? classicSignInPage(asked, await check(asked), error.message)
        : undefined;
    };

    app.post(
      '/auth/login',
      { config: { ...config, errorPage }, preValidation: requireSameOrigin, schema: operations.signIn },
      async (request, reply) => {
        const { username, password } = request.body;
        await check(request.body);
        await session.begin(request, reply, await signIn.signIn(request, reply, username, password));
        return reply.redirect(to('/auth/grant', request.body), 303);
      },
    );

    app.get(
      '/auth/grant',
      { config, schema: operations.askToGrant, exposeHeadRoute: false },
      async (request, reply) => {
        const client = await check(request.query);
        const userId = await session.userId(request, reply);
        const account = userId && (await signIn.findAccount(userId));
        if (!userId || !account) return reply.redirect(to('/auth/login', request.query), 302);
        const wanted = requestedScopes(request.query).filter((scope) => mayGrant(account, scope));
        if (wanted.length === 0) throw new GrantRefused(refusalAddress(request.query));
        const granted = (await grants.grantedScopes(userId, client.id)) ?? [];
        const shown = await grants.isShown(userId, wanted, consoleToken(request, reply));
        if (shown && wanted.every((scope) => granted.includes(scope)))
          return authorize(request, reply, request.query, wanted);
        return sendPageOrJson(request, reply, {
          page: await consentPageFor(userId, request.query, wanted),
          json: carriedParameters(request.query),
        });
      },
    );

    const askAgain: ErrorPage = async (error, request, reply) => {
      const asked = request.body as AuthorizationRequest;
      const userId = await session.userId(request, reply);
      const account = userId && (await signIn.findAccount(userId));
      if (!(error instanceof InvalidInput) || !userId || !account) return undefined;
      const wanted = requestedScopes(asked).filter((scope) => mayGrant(account, scope));
      return consentPageFor(userId, asked, wanted, error.message);
    };

    app.post(
      '/auth/grant',
      {
        config: { ...config, errorPage: askAgain },
        preValidation: requireSameOrigin,
        schema: operations.grant,
      },
      async (request, reply) => {
        const { grant, choice, allowed_scope: ticked, ...asked } = request.body;
        const client = await check(asked);
        const userId = await session.userId(request, reply);
        const account = userId && (await signIn.findAccount(userId));
        if (!userId || !account) return reply.redirect(to('/auth/login', asked), 303);
        const wanted = requestedScopes(asked).filter((scope) => mayGrant(account, scope));
        if (grant !== 'true' || wanted.length === 0) {
          await grants.refuse(userId, client.id, wanted, request.ip);
          throw new GrantRefused(refusalAddress(asked));
        }
        const decided = choiceOf(wanted, { choice, ticked });
        await grants.requireShown(userId, decided.granted, consoleToken(request, reply));
        await grants.grant(userId, client.id, decided, { ipAddress: request.ip });
        return authorize(request, reply, asked, decided.granted);
      },
    );

    const signOut = async (request: FastifyRequest, reply: FastifyReply) => {
      await session.end(request, reply);
      return sendPageOrJson(request, reply, {
        page: { title: 'Signed out', body: '<p>You are signed out of ClickToCall.</p>' },
        json: { message: 'signed out' },
      });
    };
    app.get('/auth/logout', { config, schema: operations.followSignOut, exposeHeadRoute: false }, signOut); // an application may link to it
    app.post('/auth/logout', { config, schema: operations.signOut, preHandler: requireSameOrigin }, signOut);
  };
}
