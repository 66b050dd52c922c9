import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import formbody from '@fastify/formbody';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createSwitchboard, type Switchboard } from './carriers/switchboard.ts';
import type { Config } from './config/config.ts';
import { createAuditLog } from './core/audit/audit-log.ts';
import type { CallAdministration } from './core/calls/call-administration.ts';
import { callExpiry } from './core/calls/call-expiry.ts';
import { createCalls } from './core/calls/calls.ts';
import { createChangeSignal } from './core/calls/change-signal.ts';
import { type ClientService, createClientService } from './core/clients/client-service.ts';
import { createAdministrationCheck } from './core/console-sessions/administration-check.ts';
import { consoleSessionExpiry } from './core/console-sessions/session-lifetimes.ts';
import { isForTrying } from './core/demo/demo-data.ts';
import { createDeliveries, type Deliveries } from './core/events/create-deliveries.ts';
import { eventExpiry } from './core/events/event-expiry.ts';
import { createLiveStreams, type LiveStreams } from './core/events/live-streams.ts';
import { createGrantService } from './core/grants/grant-service.ts';
import { createPeople } from './core/people/people.ts';
import { signInAttemptExpiry } from './core/people/sign-in-throttle.ts';
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
import { echoCorrelator } from './platform/http/correlator.ts';
import { healthRoutes } from './platform/http/health-routes.ts';
import { createHttpServer } from './platform/http/http-server.ts';
import { referenceRoutes } from './platform/http/openapi/reference-routes.ts';
import { assetRoutes } from './platform/http/pages/asset-routes.ts';
import { createLiveFragments } from './platform/http/pages/live-fragments.ts';
import { prepareRequests } from './platform/http/request-body.ts';
import { setSecurityHeaders } from './platform/http/security-headers.ts';
import { startExpirySweep } from './platform/jobs/expiry-sweep.ts';
import { findEncryptionKeys } from './platform/secrets/encryption-keys.ts';
import { createSealedBox } from './platform/secrets/sealed-box.ts';
import { createShutdown, type Shutdown } from './platform/shutdown.ts';
import { account } from './web/account/account.ts';
import { ACCOUNT } from './web/account/account-frame.ts';
import { adminAuditRoutes } from './web/admin-api/audit-routes.ts';
import { adminBoardRoutes } from './web/admin-api/board-routes.ts';
import { adminCallRoutes } from './web/admin-api/call-routes.ts';
import { adminClientRoutes } from './web/admin-api/client-routes.ts';
import { adminGrantRoutes } from './web/admin-api/grant-routes.ts';
import { adminRetentionRoutes } from './web/admin-api/retention-routes.ts';
import { adminSecondFactorRoutes } from './web/admin-api/second-factor-routes.ts';
import { adminStatisticsRoutes } from './web/admin-api/statistics-routes.ts';
import { adminUserRoutes } from './web/admin-api/user-routes.ts';
import { adminWebhookRoutes } from './web/admin-api/webhook-routes.ts';
import { eventRoutes } from './web/api/event-routes.ts';
import { extensionRoutes } from './web/api/extension-routes.ts';
import { clientWebhookRoutes } from './web/api/webhook-routes.ts';
import { classicAuthorizationRoutes } from './web/classic/authorization-routes.ts';
import { classicCallRoutes } from './web/classic/call-routes.ts';
import { testPageRoutes } from './web/classic/test-page-routes.ts';
import { classicTokenRoutes } from './web/classic/token-routes.ts';
import { BASE_PATH } from './web/click-to-dial/base-path.ts';
import { clickToDial } from './web/click-to-dial/click-to-dial.ts';
import { createConsole } from './web/console/create-console.ts';
import { tryItPage } from './web/demo/try-it-page.ts';
import { welcomeRoutes } from './web/demo/welcome-routes.ts';
import { allowRegisteredOrigins } from './web/entry/cors.ts';
import { guardEntries } from './web/entry/entry.ts';
import { guardMetrics, metricsRoutes, timeRequests } from './web/metrics/metrics-routes.ts';
import { interactionRoutes } from './web/oauth/consent/interaction-routes.ts';
import { startAuthorizationServer } from './web/oauth/provider/authorization-server.ts';
import { providerExpiry } from './web/oauth/provider/provider-expiry.ts';
import { providerRoutes } from './web/oauth/provider/provider-routes.ts';
import { createBrowserSession } from './web/oauth/sign-in/browser-session.ts';
import { createBrowserSignIn } from './web/oauth/sign-in/browser-sign-in.ts';
import { createPersonEntry } from './web/oauth/sign-in/person-entry.ts';
import { defineApi } from './web/openapi/definition.ts';

/** How addresses without a route answer errors, where that is not in the server's own form. */
const ERROR_STYLES = { '/click-to-dial/': 'camara', '/oauth/': 'oauth' } as const;
/** What is deleted once it has expired; each feature declares its own. */
const EXPIRY_RULES = [
  ...callExpiry,
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
  const people = createPeople({ database, defaultCountry: config.defaultCountry });
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
  const console = createConsole({
    ...{ config, database, secrets, clock, server, signIn, signal, live },
    ...{ boards: calls.board, calls: calls.administration, users: people.users },
    ...{ personalData, clients, grants },
    ...{ webhooks: deliveries.webhooks, deliveries: deliveries.deliveries },
    ...{ auditLog, statistics, retention, secondFactors },
  });

  const http = createHttpServer(config.trustProxy, log, ERROR_STYLES);
  http.addHook('preClose', async () => {
    streams.endAll();
    live.endAll();
  });
  http.addHook('onClose', () => shutdown.run());

  echoCorrelator(http, BASE_PATH);
  guardEntries(http, accessTokens, createDpopProofCheck(database, publicUrl), {
    person: createPersonEntry(session, signIn, ACCOUNT),
    console: console.enter,
    metrics: guardMetrics(config.metricsToken),
  });
  if (metrics) timeRequests(http, metrics);
  setSecurityHeaders(http, publicUrl);
  await http.register(accepts);

  await defineApi(http, config);
  await http.register(providerRoutes(server, publicUrl));
  await http.register(async (forms) => {
    forms.removeContentTypeParser('text/plain');
    await forms.register(formbody);
    prepareRequests(forms);
    welcomeRoutes(forms, publicUrl, async () =>
      (await isForTrying({ config, database })) ? tryItPage(publicUrl, BASE_PATH) : undefined,
    );
    healthRoutes(forms, database);
    if (metrics) metricsRoutes(forms, metrics);
    assetRoutes(forms);
    await forms.register(referenceRoutes);
    await forms.register(
      interactionRoutes({ server, grants, signIn, clients, accounts: people.accounts, publicUrl }),
    );
    await forms.register(
      classicAuthorizationRoutes({
        server,
        grants,
        signIn,
        session,
        clients,
        accounts: people.accounts,
        publicUrl,
      }),
    );
    await forms.register(classicTokenRoutes(server));
    await forms.register(
      account({
        accounts: people.accounts,
        calls: calls.ofPerson,
        grants,
        session,
        signIn,
        signal,
        live,
        publicUrl,
      }),
    );
    await forms.register(testPageRoutes);
    await forms.register(console.routes);
    await forms.register(async (api) => {
      await allowRegisteredOrigins(api, clients);
      await api.register(classicCallRoutes(ownCalls, publicUrl));
      await api.register(
        clickToDial({
          ...{ calls: ownCalls, carriers, accessTokens, publicUrl },
          extensions: [extensionRoutes(ownCalls), eventRoutes(streams, eventSource, clock)],
        }),
      );
      await api.register(clientWebhookRoutes(deliveries.webhooks, deliveries.deliveries), {
        prefix: BASE_PATH,
      });
      await api.register(
        adminUserRoutes({
          users: people.users,
          personalData,
          calls: calls.administration,
          defaultLimit: config.maxOngoingCalls,
        }),
      );
      await api.register(adminSecondFactorRoutes(secondFactors));
      await api.register(adminCallRoutes(calls.administration));
      await api.register(adminAuditRoutes(auditLog));
      await api.register(adminBoardRoutes(calls.board));
      await api.register(adminStatisticsRoutes(statistics));
      await api.register(adminRetentionRoutes(retention));
      await api.register(adminClientRoutes(clients));
      await api.register(adminGrantRoutes(grants, people.users, clients));
      await api.register(adminWebhookRoutes({ ...deliveries, clients, calls: calls.administration }));
    });
  });

  return {
    http,
    users: people.users,
    clients,
    calls: calls.administration,
    statistics,
    carriers,
    deliveries,
    streams,
  };
}
