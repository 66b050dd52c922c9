import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createSwitchboard, type Switchboard } from './carriers/switchboard.ts';
import type { Config } from './config/config.ts';
import { createAuditLog } from './core/audit/audit-log.ts';
import type { CallAdministration } from './core/calls/call-administration.ts';
import { createCalls } from './core/calls/calls.ts';
import { createChangeSignal } from './core/calls/change-signal.ts';
import { idempotencyExpiry } from './core/calls/idempotency-expiry.ts';
import { type ClientService, createClientService } from './core/clients/client-service.ts';
import { createAdministrationCheck } from './core/console-sessions/administration-check.ts';
import { consoleSessionExpiry } from './core/console-sessions/session-expiry.ts';
import { showsTryItPage } from './core/demo/demo-data.ts';
import { createDeliveries, type Deliveries } from './core/events/create-deliveries.ts';
import { eventExpiry } from './core/events/event-expiry.ts';
import { createLiveStreams, type LiveStreams } from './core/events/live-streams.ts';
import { createGrantService } from './core/grants/grant-service.ts';
import { createPeople } from './core/people/people.ts';
import { signInAttemptExpiry } from './core/people/sign-in-expiry.ts';
import type { UserService } from './core/people/user-service.ts';
import { startErasureJob } from './core/personal-data/erasure.ts';
import { createPersonalDataService } from './core/personal-data/personal-data-service.ts';
import { startRetention } from './core/retention/retention.ts';
import { createSecondFactorAdministration } from './core/second-factors/second-factor-administration.ts';
import { createStatistics, type Statistics } from './core/statistics/statistics-service.ts';
import { createAccessTokenService } from './core/tokens/access-token-service.ts';
import { createDpopProofCheck } from './core/tokens/dpop-proof.ts';
import { tokenExpiry } from './core/tokens/token-expiry.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import type { Database } from './platform/database/database.ts';
import { correlator } from './platform/http/correlator.ts';
import { healthRoutes } from './platform/http/health-routes.ts';
import { createHttpServer } from './platform/http/http-server.ts';
import { referenceRoutes } from './platform/http/openapi/reference-routes.ts';
import { assetRoutes } from './platform/http/pages/asset-routes.ts';
import { createLiveFragments } from './platform/http/pages/live-fragments.ts';
import { requestBodies } from './platform/http/request-body.ts';
import { securityHeaders } from './platform/http/security-headers.ts';
import { startExpirySweep } from './platform/jobs/expiry-sweep.ts';
import { findEncryptionKeys } from './platform/secrets/encryption-keys.ts';
import { createSealedBox } from './platform/secrets/sealed-box.ts';
import { createShutdown, type Shutdown } from './platform/shutdown.ts';
import { account } from './web/account/account.ts';
import { ACCOUNT } from './web/account/account-page.ts';
import { adminApi } from './web/admin-api/admin-api.ts';
import { api } from './web/api/api.ts';
import { classicCalls } from './web/classic/call-routes.ts';
import { classicFlows } from './web/classic/flows.ts';
import { BASE_PATH } from './web/click-to-dial/base-path.ts';
import { clickToDial } from './web/click-to-dial/click-to-dial.ts';
import { createConsole } from './web/console/console.ts';
import { tryItPage } from './web/demo/try-it-page.ts';
import { welcomeRoutes } from './web/demo/welcome-routes.ts';
import { registeredOrigins } from './web/entry/cors.ts';
import { entryGuard } from './web/entry/entry.ts';
import { createMetricsGuard, metricsRoutes, requestTimer } from './web/metrics/metrics-routes.ts';
import { interactions } from './web/oauth/consent/interaction-routes.ts';
import { startAuthorizationServer } from './web/oauth/provider/authorization-server.ts';
import { providerExpiry } from './web/oauth/provider/provider-expiry.ts';
import { providerRoutes } from './web/oauth/provider/provider-routes.ts';
import { createBrowserSession } from './web/oauth/sign-in/browser-session.ts';
import { createBrowserSignIn } from './web/oauth/sign-in/browser-sign-in.ts';
import { createUserGuard } from './web/oauth/sign-in/user-entry.ts';
import { apiDefinition } from './web/openapi/definition.ts';

/** How addresses without a route answer errors, where that is not in the server's own form. */
const ERROR_STYLES = { '/click-to-dial/': 'camara', '/oauth/': 'oauth' } as const;
/** What is deleted once it has expired; each feature declares its own. */
const EXPIRY_RULES = [
  ...idempotencyExpiry,
  ...eventExpiry,
  ...tokenExpiry,
  ...providerExpiry,
  ...consoleSessionExpiry,
  ...signInAttemptExpiry,
];

export interface App {
  readonly http: FastifyInstance;
  readonly users: UserService;
  readonly clients: ClientService;
  readonly calls: CallAdministration;
  readonly statistics: Statistics;
  readonly carriers: Switchboard;
  readonly deliveries: Deliveries;
  readonly streams: LiveStreams;
}

/** Builds the whole server, ready to listen. Closing `http` stops everything that was started; so does a failed start. */
export async function buildApp(
  config: Config,
  database: Database,
  log: FastifyBaseLogger,
  clock: Clock = systemClock,
): Promise<App> {
  const shutdown = createShutdown();
  try {
    return await assemble({ config, database, log, clock, shutdown });
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}

interface AppDeps {
  readonly config: Config;
  readonly database: Database;
  readonly log: FastifyBaseLogger;
  readonly clock: Clock;
  readonly shutdown: Shutdown;
}

async function assemble({ config, database, log, clock, shutdown }: AppDeps): Promise<App> {
  const { publicUrl, consoleSecondFactorRequired: secondFactorRequired } = config;
  const nodeId = randomUUID();
  const eventSource = `${publicUrl}${BASE_PATH}`;
  const secrets = createSealedBox(await findEncryptionKeys(config));

  const signal = shutdown.addLast(createChangeSignal(database, nodeId, log));
  const metrics =
    config.metricsToken === undefined
      ? undefined
      : shutdown.add((await import('./web/metrics/metrics.ts')).createMetrics({ database, signal, nodeId }));
  const server = shutdown.add(
    await startAuthorizationServer(database, publicUrl, log, { secondFactorRequired }),
  );
  const { accounts, users, ...people } = createPeople({ database, defaultCountry: config.defaultCountry });
  const clients = createClientService(database, server.checkMetadata);
  const grants = createGrantService(database, createAdministrationCheck(database, secondFactorRequired));
  const accessTokens = createAccessTokenService(database);
  const carriers = shutdown.add(
    await createSwitchboard({ config, database, signal, clock, nodeId, log, sipMeter: metrics?.sip }),
  );
  const streams = shutdown.add(createLiveStreams(database, signal, log));
  const deliveries = shutdown.add(
    await createDeliveries({
      allowHosts: config.sinkAllowHosts,
      eventSource,
      database,
      secrets,
      signal,
      log,
    }),
  );
  const calls = shutdown.add(
    createCalls({
      database,
      settings: config,
      signal,
      chooseCarrier: carriers.chooseCarrier,
      prepareSink: deliveries.prepareSink,
      log,
    }),
  );
  const ownCalls = metrics?.countOpenings(calls.own) ?? calls.own;
  const personalData = createPersonalDataService(database);
  const secondFactors = createSecondFactorAdministration(database);
  const auditLog = createAuditLog(database);
  const statistics = createStatistics(database);
  const retention = shutdown.add(
    startRetention(database, { days: config.retentionDays, action: config.retentionAction }, log),
  );
  shutdown.add(startErasureJob(database, log));
  shutdown.add(startExpirySweep(database, EXPIRY_RULES, log));

  const live = createLiveFragments(clock);
  const signIn = createBrowserSignIn(server, people.signIn, publicUrl);
  const session = createBrowserSession(server, signIn, publicUrl);
  const adminConsole = createConsole({
    config,
    clock,
    database,
    live,
    secrets,
    server,
    signIn,
    signal,
    auditLog,
    boards: calls.board,
    calls: calls.administration,
    clients,
    deliveries: deliveries.deliveries,
    grants,
    personalData,
    retention,
    secondFactors,
    statistics,
    users,
    webhooks: deliveries.webhooks,
  });

  const http = createHttpServer(config.trustProxy, log, ERROR_STYLES);
  http.addHook('preClose', async () => {
    streams.endAll();
    live.endAll();
  });
  http.addHook('onClose', () => shutdown.run());

  await http.register(correlator, { path: BASE_PATH });
  await http.register(entryGuard, {
    accessTokens,
    checkProof: createDpopProofCheck(database, publicUrl),
    guards: {
      user: createUserGuard(session, signIn, ACCOUNT),
      console: adminConsole.guard,
      metrics: createMetricsGuard(config.metricsToken),
    },
  });
  if (metrics) await http.register(requestTimer, { metrics });
  await http.register(securityHeaders, { publicUrl });
  await http.register(accepts);
  await http.register(apiDefinition, { publicUrl, version: config.version });

  await http.register(providerRoutes, { publicUrl, server });
  await http.register(async (app) => {
    await app.register(requestBodies);
    await app.register(healthRoutes, { database });
    if (metrics) await app.register(metricsRoutes, { metrics });
    await app.register(assetRoutes);
    await app.register(referenceRoutes);

    await app.register(welcomeRoutes, {
      publicUrl,
      findDemoPage: async () =>
        (await showsTryItPage({ config, database })) ? tryItPage(publicUrl, BASE_PATH) : undefined,
    });
    await app.register(interactions, { accounts, clients, grants, publicUrl, server, signIn });
    await app.register(classicFlows, { accounts, clients, grants, publicUrl, server, session, signIn });
    await app.register(account, {
      accounts,
      calls: calls.ofUser,
      grants,
      live,
      publicUrl,
      session,
      signal,
      signIn,
    });
    await app.register(adminConsole.routes);

    await app.register(async (forScripts) => {
      await forScripts.register(registeredOrigins, { clients });
      await forScripts.register(classicCalls, { calls: ownCalls, publicUrl });
      await forScripts.register(clickToDial, { accessTokens, calls: ownCalls, carriers, publicUrl });
      await forScripts.register(api, {
        accessTokens,
        calls: ownCalls,
        clock,
        deliveries: deliveries.deliveries,
        eventSource,
        streams,
        webhooks: deliveries.webhooks,
      });
      await forScripts.register(adminApi, {
        auditLog,
        boards: calls.board,
        calls: calls.administration,
        clients,
        defaultLimit: config.maxOngoingCalls,
        deliveries: deliveries.deliveries,
        grants,
        personalData,
        retention,
        secondFactors,
        statistics,
        users,
        webhooks: deliveries.webhooks,
      });
    });
  });

  return {
    http,
    users,
    clients,
    calls: calls.administration,
    statistics,
    carriers,
    deliveries,
    streams,
  };
}
