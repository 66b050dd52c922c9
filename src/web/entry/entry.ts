import type { FastifyContextConfig, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { type PresentedToken, SCOPE_ADMIN } from '../../core/tokens/access-token.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import type { DpopProofCheck } from '../../core/tokens/dpop-proof.ts';
import { readPresentedToken } from './bearer-token.ts';
import { findApi, type PublishedApi } from './protected-api.ts';
import type { SignedInUser } from './request-context.ts';

/** @returns the user who is signed in; undefined if none is, and the reply has been sent */
export type UserGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<SignedInUser | undefined>;

/** Sets the administrator who is signed in to the console. @throws ConsoleClosed */
export type ConsoleGuard = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** @throws TokenInvalid if the token is not that of the metrics */
export type MetricsGuard = (presented: PresentedToken) => void;

/** The guards of entries without an access token. */
export interface Guards {
  readonly user: UserGuard;
  readonly console: ConsoleGuard;
  readonly metrics: MetricsGuard;
}

export interface EntryDeps {
  readonly accessTokens: AccessTokenService;
  readonly checkProof: DpopProofCheck;
  readonly guards: Guards;
  readonly apis: readonly PublishedApi[];
}

/**
 * Checks each request against the `config.entry` of its route (see request-context.ts) before the handler runs. The server does
 * not start if a route declares no entry, except for OPTIONS: a browser's preflight request has no credentials. Neither does it
 * start if a route needs a scope that its API does not list: a token for this API could never have the scope.
 */
export const entryGuard = fp<EntryDeps>(
  async (app, { accessTokens, checkProof, guards, apis }) => {
    app.decorateRequest('presentedToken', null);
    app.decorateRequest('clientId', '');
    app.decorateRequest('signedInUser', null);
    app.decorateRequest('administrator', null);

    // Checked when all routes are registered, because a hook of the surrounding scope sets the entry of a library's routes.
    const routes: RouteOptions[] = [];
    app.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...tokenConfigOf(route, apis) };
      routes.push(route);
    });
    app.addHook('onReady', async () => {
      const undeclared = routes.find(({ method, config }) => method !== 'OPTIONS' && !config?.entry);
      if (undeclared)
        throw new Error(
          `${undeclared.method} ${undeclared.url} does not declare config.entry: who may enter`,
        );
      const unlisted = routes.find(({ config: { api, scopes = [] } = {} }) =>
        scopes.some((scope) => api?.scopes.includes(scope) === false),
      );
      if (unlisted)
        throw new Error(`${unlisted.method} ${unlisted.url} needs a scope that its API does not list`);
      routes.length = 0;
    });

    // After the onRequest hooks, so that refusals have their headers too (CORS), and before the body is read.
    app.addHook('preParsing', async (request, reply) => {
      const { entry = 'anyone', scopes = [], tokenInForm = false } = request.routeOptions.config;
      if (entry === 'anyone') return;
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      if (entry === 'console') return guards.console(request, reply);
      if (entry === 'user') {
        request.signedInUser = (await guards.user(request, reply)) ?? null;
        return request.signedInUser ? undefined : reply;
      }
      if (entry === 'token' && tokenInForm) return; // see below
      request.presentedToken = await readPresentedToken(request, checkProof);
      if (entry === 'metrics') guards.metrics(request.presentedToken);
      if (entry === 'client')
        request.clientId = await accessTokens.requireClient({ token: request.presentedToken, scopes });
      if (entry === 'administrator') {
        const { userId, userName, clientId } = await accessTokens.requireAdministrator(
          request.presentedToken,
        );
        request.administrator = { userId, name: userName, clientId };
      }
    });

    app.addHook('preValidation', async (request) => {
      const { entry, tokenInForm = false } = request.routeOptions.config;
      if (entry === 'token' && tokenInForm)
        request.presentedToken = await readPresentedToken(request, checkProof);
    });
  },
  { name: 'entry-guard' },
);

/** What a route that takes access tokens needs, besides what it declares. */
function tokenConfigOf({ url, config }: RouteOptions, apis: readonly PublishedApi[]): FastifyContextConfig {
  const api = findApi(apis, url);
  switch (config?.entry) {
    case 'administrator':
      return { scopes: [SCOPE_ADMIN], ...(api && { api }) };
    case 'token':
    case 'client':
      return api ? { api } : {};
    default:
      return {};
  }
}
