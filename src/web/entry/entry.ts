import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import type { PresentedToken } from '../../core/tokens/access-token.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import type { DpopProofCheck } from '../../core/tokens/dpop-proof.ts';
import { readPresentedToken } from './bearer-token.ts';
import type { Person } from './request-context.ts';

/** @returns the person who is signed in; undefined if there is none and the reply has been sent */
export type LetInPerson = (request: FastifyRequest, reply: FastifyReply) => Promise<Person | undefined>;

/** Lets in who is signed in to the console. @throws ConsoleClosed */
export type EnterConsole = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** Lets in who presents the token of the metrics. @throws TokenInvalid */
export type EnterMetrics = (presented: PresentedToken) => void;

/** Those that do not go by an access token of this server. */
export interface Guards {
  readonly person: LetInPerson;
  readonly console: EnterConsole;
  readonly metrics: EnterMetrics;
}

export interface EntryDeps {
  readonly accessTokens: AccessTokenService;
  readonly checkProof: DpopProofCheck;
  readonly guards: Guards;
}

/**
 * Lets in whom a route's `config.entry` lets in (see request-context.ts), before the request is acted on. A route that does
 * not declare its entry stops the start, except OPTIONS: a browser's preflight request has no user.
 */
export const entryGuard = fp<EntryDeps>(
  async (app, { accessTokens, checkProof, guards }) => {
    app.decorateRequest('presentedToken', null);
    app.decorateRequest('clientId', '');
    app.decorateRequest('person', null);
    app.decorateRequest('administrator', null);

    // Checked once all routes are there: the routes of a library get their entry from a hook of the scope around them.
    const routes: RouteOptions[] = [];
    app.addHook('onRoute', (route) => {
      routes.push(route);
    });
    app.addHook('onReady', async () => {
      const open = routes.find(({ method, config }) => method !== 'OPTIONS' && !config?.entry);
      if (open) throw new Error(`${open.method} ${open.url} does not declare config.entry: who may enter`);
      routes.length = 0;
    });

    // After every onRequest hook, so that refusals have their headers too (CORS); before the body is read.
    app.addHook('preParsing', async (request, reply) => {
      const { entry = 'anyone', scopes = [] } = request.routeOptions.config;
      if (entry === 'anyone') return;
      reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
      if (entry === 'console') return guards.console(request, reply);
      if (entry === 'person') {
        request.person = (await guards.person(request, reply)) ?? null;
        return request.person ? undefined : reply;
      }
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
  },
  { name: 'entry-guard' },
);
