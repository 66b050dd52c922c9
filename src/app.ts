import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import formbody from '@fastify/formbody';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createSwitchboard, type Switchboard } from './carriers/switchboard.ts';
import type { Config } from './config/config.ts';
import { createAuditLog } from './core/audit/audit-log.ts';
import { createBoardService } from './core/calls/board-service.ts';
import { createCallAdministration } from './core/calls/call-administration.ts';
import { callExpiry } from './core/calls/call-expiry.ts';
import { createCallService } from './core/calls/call-service.ts';
import { startCallSweep } from './core/calls/call-sweep.ts';
import { createChangeSignal } from './core/calls/change-signal.ts';
import { createPersonCallService } from './core/calls/person-call-service.ts';
import { createClientService } from './core/clients/client-service.ts';
import { createAdministrationCheck } from './core/console-sessions/administration-check.ts';
import { consoleSessionExpiry } from './core/console-sessions/session-lifetimes.ts';
import { isForTrying } from './core/demo/demo-data.ts';
import { createDeliveries, type Deliveries } from './core/events/create-deliveries.ts';
import { eventExpiry } from './core/events/event-expiry.ts';
import { createLiveStreams, type LiveStreams } from './core/events/live-streams.ts';
import { createGrantService } from './core/grants/grant-service.ts';
import { createOwnAccountService } from './core/people/own-account-service.ts';
import { createSignIn } from './core/people/sign-in.ts';
import { signInAttemptExpiry } from './core/people/sign-in-throttle.ts';
import { createUserService } from './core/people/user-service.ts';
import { startErasureJob } from './core/personal-data/erasure.ts';
import { createPersonalDataService } from './core/personal-data/personal-data-service.ts';
import { createDiallingPolicy } from './core/phone-numbers/dialling-policy.ts';
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
import { createRunningParts, type RunningParts } from './platform/running-parts.ts';
import { findEncryptionKeys } from './platform/secrets/encryption-keys.ts';
import { createSealedBox } from './platform/secrets/sealed-box.ts';
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
  readonly users: ReturnType<typeof createUserService>;
  readonly clients: ReturnType<typeof createClientService>;
  readonly calls: ReturnType<typeof createCallAdministration>;
  readonly statistics: Statistics;
  readonly carriers: Switchboard;
  readonly deliveries: Deliveries;
  readonly streams: LiveStreams;
}

/**
 * Builds the whole server from its parts, ready to listen. Closing `http` ends what it started; where it throws, nothing
 * goes on.
 */
export async function buildApp(
  config: Config,
  database: Database,
  logger: FastifyBaseLogger,
  clock: Clock = systemClock,
): Promise<App> {
  const running = createRunningParts();
  try {
    return await assemble(config, database, logger, clock, running);
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function assemble(
  config: Config,
  database: Database,
  logger: FastifyBaseLogger,
  clock: Clock,
  running: RunningParts,
): Promise<App> {
  const { publicUrl, defaultCountry } = config;
  const nodeId = randomUUID();
  const eventSource = `${publicUrl}${BASE_PATH}`;
  const server = await startAuthorizationServer(database, publicUrl, logger, {
    secondFactorRequired: config.consoleSecondFactorRequired,
  });
  running.add(() => server.close());
  running.add(startExpirySweep(database, EXPIRY_RULES, logger).stop);
  const users = createUserService(database, defaultCountry);
  const clients = createClientService(database, server.checkMetadata);
  const signal = createChangeSignal(database, nodeId, logger);
  running.addLast(() => signal.close());
  const metrics =
    config.metricsToken === undefined
      ? undefined
      : (await import('./web/metrics/metrics.ts')).createMetrics({ database, signal, nodeId });
  running.add(() => metrics?.close());
  const carriers = await createSwitchboard({
    ...{ config, database, signal, clock, nodeId },
    log: logger,
    sipMeter: metrics?.sip,
  });
  running.add(carriers.close);
  const streams = createLiveStreams(database, signal, logger);
  running.add(streams.close);
  const live = createLiveFragments(clock);
  running.add(startCallSweep(database, signal.announce, logger).stop);
  const secrets = createSealedBox(await findEncryptionKeys(config));
  const deliveries = await createDeliveries({
    allowHosts: config.sinkAllowHosts,
    eventSource,
    database,
    secrets,
    signal,
    log: logger,
  });
  running.add(deliveries.stop);
  const calls = createCallAdministration(database, signal.announce, defaultCountry);
  const personalData = createPersonalDataService(database);
  const boards = createBoardService(database);
  const statistics = createStatistics(database);
  const { retentionDays, retentionAction } = config;
  const retention = startRetention(database, { days: retentionDays, action: retentionAction }, logger);
  running.add(retention.stop);
  running.add(startErasureJob(database, logger).stop);
  const callService = createCallService({
    database,
    settings: { ...config, timeLimit: config.callTimeLimit },
    announce: signal.announce,
    chooseCarrier: carriers.chooseCarrier,
    policy: createDiallingPolicy({
      allow: config.dialAllow,
      deny: config.dialDeny,
      country: defaultCountry,
    }),
    prepareSink: deliveries.prepareSink,
  });
  const ownCalls = metrics?.countOpenings(callService) ?? callService;
  const accessTokens = createAccessTokenService(database);
  const signIn = createBrowserSignIn(server, createSignIn(database), publicUrl);
  const session = createBrowserSession(server, signIn, publicUrl);
  const accounts = createOwnAccountService(database);
  const grants = createGrantService(
    database,
    createAdministrationCheck(database, config.consoleSecondFactorRequired),
  );
  const auditLog = createAuditLog(database);
  const secondFactors = createSecondFactorAdministration(database);
  const console = createConsole({
    ...{ config, database, secrets, clock, server, signIn, signal, live },
    ...{ boards, calls, users, personalData, clients, grants },
    ...{ webhooks: deliveries.webhooks, deliveries: deliveries.deliveries },
    ...{ auditLog, statistics, retention, secondFactors },
  });

  const http = createHttpServer(config.trustProxy, logger, ERROR_STYLES);
  http.addHook('preClose', async () => {
    streams.endAll();
    live.endAll();
  });
  http.addHook('onClose', () => running.stop());

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
    await forms.register(interactionRoutes({ server, grants, signIn, clients, accounts, publicUrl }));
    await forms.register(
      classicAuthorizationRoutes({ server, grants, signIn, session, clients, accounts, publicUrl }),
    );
    await forms.register(classicTokenRoutes(server));
    await forms.register(
      account({
        accounts,
        calls: createPersonCallService(database, signal.announce),
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
        adminUserRoutes({ users, personalData, calls, defaultLimit: config.maxOngoingCalls }),
      );
      await api.register(adminSecondFactorRoutes(secondFactors));
      await api.register(adminCallRoutes(calls));
      await api.register(adminAuditRoutes(auditLog));
      await api.register(adminBoardRoutes(boards));
      await api.register(adminStatisticsRoutes(statistics));
      await api.register(adminRetentionRoutes(retention));
      await api.register(adminClientRoutes(clients));
      await api.register(adminGrantRoutes(grants, users, clients));
      await api.register(adminWebhookRoutes({ ...deliveries, clients, calls }));
    });
  });

  return { http, users, clients, calls, statistics, carriers, deliveries, streams };
}
