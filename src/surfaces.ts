import accepts from '@fastify/accepts';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config/config.ts';
import type { ChangeSignal } from './core/calls/change-signal.ts';
import type { Core } from './core/core.ts';
import { hasDemoPages, isReceivedByDemo } from './core/demo/demo-data.ts';
import { createDpopProofCheck } from './core/tokens/dpop-proof.ts';
import type { Clock } from './platform/clock.ts';
import type { Database } from './platform/database/database.ts';
import { correlator } from './platform/http/correlator.ts';
import { healthRoutes } from './platform/http/health-routes.ts';
import { hostHeader } from './platform/http/host-header.ts';
import { referenceRoutes } from './platform/http/openapi/reference-routes.ts';
import { assetRoutes } from './platform/http/pages/asset-routes.ts';
import { sharedAssets } from './platform/http/pages/assets.ts';
import { createLiveFragments } from './platform/http/pages/live-fragments.ts';
import { requestBodies } from './platform/http/request-body.ts';
import { securityHeaders } from './platform/http/security-headers.ts';
import { account } from './web/account/account.ts';
import { ACCOUNT } from './web/account/account-page.ts';
import { adminApi } from './web/admin-api/admin-api.ts';
import { api } from './web/api/api.ts';
import { API_PATH } from './web/api/base-path.ts';
import type { BrandPages } from './web/brand/brand-pages.ts';
import { brandRoutes } from './web/brand/brand-routes.ts';
import { classicCalls } from './web/classic/call-routes.ts';
import { classicFlows } from './web/classic/flows.ts';
import { BASE_PATH } from './web/click-to-dial/base-path.ts';
import { clickToDial } from './web/click-to-dial/click-to-dial.ts';
import { createConsole } from './web/console/console.ts';
import { tryItPage } from './web/demo/try-it-page.ts';
import { welcomeRoutes } from './web/demo/welcome-routes.ts';
import { challenges } from './web/entry/challenges.ts';
import { registeredOrigins } from './web/entry/cors.ts';
import { entryGuard } from './web/entry/entry.ts';
import type { PublishedApi } from './web/entry/protected-api.ts';
import { collectErrors } from './web/error-reference/error-catalog.ts';
import { errorReference } from './web/error-reference/error-routes.ts';
import type { Metrics } from './web/metrics/metrics.ts';
import { createMetricsGuard, metricsRoutes, requestTimer } from './web/metrics/metrics-routes.ts';
import { apiMetadata } from './web/oauth/api-metadata-routes.ts';
import { interactions } from './web/oauth/consent/interaction-routes.ts';
import type { AuthorizationServer } from './web/oauth/provider/authorization-server.ts';
import { providerRoutes } from './web/oauth/provider/provider-routes.ts';
import { createBrowserSession } from './web/oauth/sign-in/browser-session.ts';
import { createBrowserSignIn } from './web/oauth/sign-in/browser-sign-in.ts';
import { createConsoleCookie } from './web/oauth/sign-in/console-cookie.ts';
import { createNewPasswordStep } from './web/oauth/sign-in/new-password-step.ts';
import { createUserGuard } from './web/oauth/sign-in/user-guard.ts';
import { endSession } from './web/oauth/sign-out/end-session-routes.ts';
import { userInfo } from './web/oauth/userinfo-routes.ts';
import { apiDefinition } from './web/openapi/definition.ts';

export interface SurfacesDeps {
  readonly config: Config;
  readonly database: Database;
  readonly clock: Clock;
  readonly signal: ChangeSignal;
  readonly core: Core;
  readonly brandPages: () => BrandPages;
  readonly server: AuthorizationServer;
  readonly metrics: Metrics | undefined;
  readonly apis: readonly PublishedApi[];
}

/** Registers everything that the server answers over HTTP: first what holds for every request, then each surface. */
export async function registerSurfaces(http: FastifyInstance, deps: SurfacesDeps): Promise<void> {
  const { config, database, clock, signal, core, brandPages, server, metrics, apis } = deps;
  const { publicUrl } = config;
  const { accessTokens, accounts, administration, callEvents, calls, streams } = core;
  const { clients, deliveries, grants, webhooks } = administration;

  const demo = {
    hasPages: () => hasDemoPages({ config, database }),
    isReceived: (secret: string) => isReceivedByDemo(database, secret),
  };
  const live = createLiveFragments(clock);
  const tickets = core.newPasswordTickets;
  const newPasswordStep = createNewPasswordStep({ server, tickets, accounts, publicUrl });
  const signIn = createBrowserSignIn({ server, signIn: core.signIn, newPasswordStep, publicUrl });
  const consoleCookie = createConsoleCookie(server, publicUrl);
  const { consoleSessions } = core;
  const session = createBrowserSession({ server, signIn, consoleCookie, consoleSessions, publicUrl });
  const adminConsole = createConsole({
    config,
    clock,
    cookie: consoleCookie,
    core,
    live,
    newPasswordStep,
    signIn,
    signal,
  });

  http.addHook('preClose', async () => {
    streams.endAll();
    live.endAll();
  });

  await http.register(securityHeaders, { publicUrl });
  await http.register(correlator, { paths: [API_PATH, BASE_PATH] });
  await http.register(hostHeader);
  await http.register(challenges);
  await http.register(entryGuard, {
    apis,
    accessTokens,
    checkProof: createDpopProofCheck(database, publicUrl),
    guards: {
      user: createUserGuard(session, signIn, ACCOUNT),
      console: adminConsole.guard,
      metrics: createMetricsGuard(config.metricsToken),
    },
  });
  if (metrics) await http.register(requestTimer, { metrics });
  await http.register(accepts);
  await http.register(apiDefinition, { publicUrl, version: config.version });

  const findErrors = collectErrors(http);

  await http.register(providerRoutes, { publicUrl, server });
  await http.register(async (app) => {
    await app.register(requestBodies);
    await app.register(healthRoutes, { database });
    if (metrics) await app.register(metricsRoutes, { metrics });
    await app.register(assetRoutes, { assets: sharedAssets });
    await app.register(brandRoutes, {
      brands: core.administration.brands,
      clients,
      pages: brandPages,
    });
    await app.register(referenceRoutes);
    await app.register(apiMetadata, { apis, publicUrl });
    await app.register(errorReference, { findErrors });

    await app.register(welcomeRoutes, {
      publicUrl,
      findDemoPage: async (brand) =>
        (await demo.hasPages()) ? tryItPage(brand, publicUrl, API_PATH) : undefined,
    });
    await app.register(interactions, {
      accounts,
      clients,
      consoleCookie,
      grants,
      newPasswordStep,
      publicUrl,
      server,
      signIn,
    });
    await app.register(endSession, { publicUrl, server, session, signIn });
    await app.register(classicFlows, {
      accounts,
      clients,
      demo,
      grants,
      publicUrl,
      server,
      session,
      signIn,
    });
    await app.register(account, {
      accounts,
      calls: core.userCalls,
      grants,
      live,
      newPasswordStep,
      publicUrl,
      session,
      signal,
      signIn,
    });
    await app.register(adminConsole.routes);

    await app.register(async (forScripts) => {
      await forScripts.register(registeredOrigins, { clients, paths: apis.map(({ path }) => path) });
      await forScripts.register(userInfo, { accessTokens });
      await forScripts.register(classicCalls, { calls, publicUrl });
      await forScripts.register(clickToDial, { accessTokens, calls, publicUrl });
      await forScripts.register(api, {
        accessTokens,
        callEvents,
        calls,
        clock,
        deliveries,
        publicUrl,
        streams,
        webhooks,
      });
      await forScripts.register(adminApi, {
        administration,
        defaultLimit: config.maxOngoingCalls,
        publicUrl,
      });
    });
  });
}
