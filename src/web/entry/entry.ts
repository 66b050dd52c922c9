import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import type { PresentedToken } from '../../core/tokens/access-token.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import type { DpopProofCheck } from '../../core/tokens/dpop-proof.ts';
import { readPresentedToken } from './bearer-token.ts';
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
}

/**
 * Checks each request against the `config.entry` of its route (see request-context.ts) before the handler runs. The server does
 * not start if a route declares no entry, except for OPTIONS: a browser's preflight request has no credentials.
 */
export const entryGuard = fp<EntryDeps>(
  async (app, { accessTokens, checkProof, guards }) => {
    app.decorateRequest('presentedToken', null);
    app.decorateRequest('clientId', '');
    app.decorateRequest('signedInUser', null);
    app.decorateRequest('administrator', null);

    // Checked when all routes are registered, because a hook of the surrounding scope sets the entry of a library's routes.
    const routes: RouteOptions[] = [];
    app.addHook('onRoute', (route) => {
      routes.push(route);
    });
    app.addHook('onReady', async () => {
      const undeclared = routes.find(({ method, config }) => method !== 'OPTIONS' && !config?.entry);
      if (undeclared)
        throw new Error(
          `${undeclared.method} ${undeclared.url} does not declare config.entry: who may enter`,
        );
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
