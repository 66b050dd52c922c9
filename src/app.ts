import { randomUUID } from 'node:crypto';
import accepts from '@fastify/accepts';
import formbody from '@fastify/formbody';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { account } from './account/account.ts';
import { ACCOUNT } from './account/account-frame.ts';
import { adminAuditRoutes } from './admin/audit-routes.ts';
import { adminBoardRoutes } from './admin/board-routes.ts';
import { adminCallRoutes } from './admin/call-routes.ts';
import { adminClientRoutes } from './admin/client-routes.ts';
import { adminGrantRoutes } from './admin/grant-routes.ts';
import { adminRetentionRoutes } from './admin/retention-routes.ts';
import { adminSecondFactorRoutes } from './admin/second-factor-routes.ts';
import { adminStatisticsRoutes } from './admin/statistics-routes.ts';
import { adminUserRoutes } from './admin/user-routes.ts';
import { adminWebhookRoutes } from './admin/webhook-routes.ts';
import { createAuditLog } from './audit/audit-log.ts';
import { BASE_PATH } from './calls/base-path.ts';
import { createBoardService } from './calls/board-service.ts';
import { createCallAdministration } from './calls/call-administration.ts';
import { createCallService } from './calls/call-service.ts';
import { startCallSweep } from './calls/call-sweep.ts';
import { createDiallingPolicy } from './calls/dialling-policy.ts';
import { createPersonCallService } from './calls/person-call-service.ts';
import { createSwitchboard, type Switchboard } from './carriers/switchboard.ts';
import { classicAuthorizationRoutes } from './classic/authorization-routes.ts';
import { classicCallRoutes } from './classic/call-routes.ts';
import { testPageRoutes } from './classic/test-page-routes.ts';
import { classicTokenRoutes } from './classic/token-routes.ts';
import { clickToDial } from './click-to-dial/click-to-dial.ts';
import { clientWebhookRoutes } from './click-to-dial/webhook-routes.ts';
import { createClientService } from './clients/client-service.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { createConsole } from './console/create-console.ts';
import type { Database } from './database/database.ts';
import { isForTrying } from './demo/demo-data.ts';
import { tryItPage } from './demo/try-it-page.ts';
import { createChangeSignal } from './events/change-signal.ts';
import { createDeliveries, type Deliveries } from './events/create-deliveries.ts';
import { createLiveStreams, type LiveStreams } from './events/live-streams.ts';
import { echoCorrelator } from './http/correlator.ts';
import { allowRegisteredOrigins } from './http/cors.ts';
import { guardEntries } from './http/entry.ts';
import { presentErrors } from './http/errors/error-responses.ts';
import { healthRoutes } from './http/health-routes.ts';
import { createHttpServer } from './http/http-server.ts';
import { guardMetrics, metricsRoutes, timeRequests } from './http/metrics-routes.ts';
import { defineApi } from './http/openapi/definition.ts';
import { referenceRoutes } from './http/openapi/reference-routes.ts';
import { assetRoutes } from './http/pages/asset-routes.ts';
import { createLiveFragments } from './http/pages/live-fragments.ts';
import { prepareRequests } from './http/request-body.ts';
import { setSecurityHeaders } from './http/security-headers.ts';
import { welcomeRoutes } from './http/welcome-routes.ts';
import { createAccessTokenService } from './oauth/access-tokens/access-token-service.ts';
import { createDpopProofCheck } from './oauth/access-tokens/dpop-proof.ts';
import { createGrantService } from './oauth/consent/grant-service.ts';
import { interactionRoutes } from './oauth/consent/interaction-routes.ts';
import { startAuthorizationServer } from './oauth/provider/authorization-server.ts';
import { startExpirySweep } from './oauth/provider/expiry-sweep.ts';
import { providerRoutes } from './oauth/provider/provider-routes.ts';
import { createBrowserSession } from './oauth/sign-in/browser-session.ts';
import { createBrowserSignIn } from './oauth/sign-in/browser-sign-in.ts';
import { createPersonEntry } from './oauth/sign-in/person-entry.ts';
import { createOwnAccountService } from './people/own-account-service.ts';
import { createAdministrationCheck } from './people/second-factors/administration-check.ts';
import { createSecondFactorAdministration } from './people/second-factors/second-factor-administration.ts';
import { createSignIn } from './people/sign-in.ts';
import { createUserService } from './people/user-service.ts';
import { startRetention } from './retention/retention.ts';
import { createRunningParts, type RunningParts } from './running-parts.ts';
import { findEncryptionKeys } from './secrets/encryption-keys.ts';
import { createSealedBox } from './secrets/sealed-box.ts';
import { createStatistics, type Statistics } from './statistics/statistics-service.ts';

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
  const server = await startAuthorizationServer(database, publicUrl, logger, {
    secondFactorRequired: config.consoleSecondFactorRequired,
  });
  running.add(() => server.close());
  running.add(startExpirySweep(database, logger).stop);
  const users = createUserService(database, defaultCountry);
  const clients = createClientService(database, server.checkMetadata);
  const signal = createChangeSignal(database, nodeId, logger);
  running.addLast(() => signal.close());
  const metrics =
    config.metricsToken === undefined
      ? undefined
      : (await import('./metrics/metrics.ts')).createMetrics({ database, signal, nodeId });
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
  const deliveries = await createDeliveries({ config, database, secrets, signal, log: logger });
  running.add(deliveries.stop);
  const calls = createCallAdministration(database, signal.announce, defaultCountry);
  const boards = createBoardService(database);
  const statistics = createStatistics(database);
  const { retentionDays, retentionAction } = config;
  const retention = startRetention(database, { days: retentionDays, action: retentionAction }, logger);
  running.add(retention.stop);
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
    ...{ boards, calls, users, clients, grants },
    ...{ webhooks: deliveries.webhooks, deliveries: deliveries.deliveries },
    ...{ auditLog, statistics, retention, secondFactors },
  });

  const http = createHttpServer(config.trustProxy, logger);
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
  presentErrors(http);
  setSecurityHeaders(http, publicUrl);
  await http.register(accepts);

  await defineApi(http, config);
  await http.register(providerRoutes(server, publicUrl));
  await http.register(async (forms) => {
    forms.removeContentTypeParser('text/plain');
    await forms.register(formbody);
    prepareRequests(forms);
    welcomeRoutes(forms, publicUrl, async () =>
      (await isForTrying({ config, database })) ? tryItPage(publicUrl) : undefined,
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
      await api.register(clickToDial({ calls: ownCalls, carriers, accessTokens, streams, clock, publicUrl }));
      await api.register(clientWebhookRoutes(deliveries.webhooks, deliveries.deliveries), {
        prefix: BASE_PATH,
      });
      await api.register(adminUserRoutes(users, calls, config.maxOngoingCalls));
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
