import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { sipFlowExpiry } from './carriers/sip/sip-flow-expiry.ts';
import { createSwitchboard, type Switchboard } from './carriers/switchboard.ts';
import type { Config } from './config/config.ts';
import { startBrand } from './core/brand/brand-service.ts';
import { createChangeSignal } from './core/calls/change-signal.ts';
import { idempotencyExpiry } from './core/calls/idempotency-expiry.ts';
import { clientExpiry } from './core/clients/client-expiry.ts';
import { consoleSessionExpiry } from './core/console-sessions/session-expiry.ts';
import { type Core, createCore } from './core/core.ts';
import { eventExpiry } from './core/events/event-expiry.ts';
import { signInAttemptExpiry } from './core/people/sign-in-expiry.ts';
import { createDiallingPolicy } from './core/phone-numbers/dialling-policy.ts';
import { tokenExpiry } from './core/tokens/token-expiry.ts';
import { type Clock, systemClock } from './platform/clock.ts';
import type { Database } from './platform/database/database.ts';
import { createHttpServer } from './platform/http/http-server.ts';
import { startExpirySweep } from './platform/jobs/expiry-sweep.ts';
import { findEncryptionKeys } from './platform/secrets/encryption-keys.ts';
import { createSealedBox } from './platform/secrets/sealed-box.ts';
import { createShutdown, type Shutdown } from './platform/shutdown.ts';
import { PROTECTED_APIS } from './protected-apis.ts';
import { registerSurfaces } from './surfaces.ts';
import { createBrandPages } from './web/brand/brand-pages.ts';
import { BASE_PATH } from './web/click-to-dial/base-path.ts';
import { publishApis } from './web/entry/protected-api.ts';
import { startAuthorizationServer } from './web/oauth/provider/authorization-server.ts';
import { providerExpiry } from './web/oauth/provider/provider-expiry.ts';

/** How addresses without a route answer errors, at and below a path, where that is not in the server's own form. */
const ERROR_STYLES = { '/api': 'problem', '/click-to-dial': 'camara', '/oauth': 'oauth' } as const;
/** What is deleted once it has expired; each feature declares its own. */
const EXPIRY_RULES = [
  ...idempotencyExpiry,
  ...eventExpiry,
  ...clientExpiry,
  ...tokenExpiry,
  ...providerExpiry,
  ...consoleSessionExpiry,
  ...signInAttemptExpiry,
  ...sipFlowExpiry,
];

export interface App {
  readonly http: FastifyInstance;
  readonly core: Core;
  readonly carriers: Switchboard;
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
  const redirectUriPolicy = { allowHttp: config.allowHttpRedirects };
  const apis = publishApis(publicUrl, PROTECTED_APIS);
  const nodeId = randomUUID();
  const secrets = createSealedBox(await findEncryptionKeys(config));

  const brands = shutdown.add(await startBrand({ database, log, fixed: config.brand }));
  const signal = shutdown.addLast(createChangeSignal(database, nodeId, log));
  const metrics =
    config.metricsToken === undefined
      ? undefined
      : shutdown.add((await import('./web/metrics/metrics.ts')).createMetrics({ database, signal, nodeId }));
  const server = shutdown.add(
    await startAuthorizationServer(database, publicUrl, log, {
      secondFactorRequired,
      redirectUriPolicy,
      clientDocumentHosts: config.clientDocumentHosts,
      allowHosts: config.sinkAllowHosts,
      anonymousRequestsPerMinute: config.anonymousRequestsPerMinute,
      refreshTokenGrace: config.refreshTokenGrace,
      apis,
    }),
  );
  const { dialAllow: allow, dialDeny: deny, defaultCountry: country } = config;
  const policy = createDiallingPolicy({ allow, deny, country });
  const carriers = shutdown.add(
    await createSwitchboard({ config, database, signal, clock, nodeId, log, sipMeter: metrics?.sip, policy }),
  );
  const core = createCore({
    settings: {
      publicUrl,
      calls: config,
      retention: { days: config.retentionDays, action: config.retentionAction },
      secondFactorRequired,
      redirectUriPolicy,
      sinkAllowHosts: config.sinkAllowHosts,
      eventSource: `${publicUrl}${BASE_PATH}`,
    },
    database,
    log,
    clock,
    secrets,
    signal,
    brands,
    shutdown,
    openingMeter: metrics?.openings,
    hashingMeter: metrics?.hashing,
    logoutMeter: metrics?.logouts,
    checkMetadata: server.checkMetadata,
    createLogoutMessage: server.createLogoutMessage,
    policy,
    chooseCarrier: carriers.chooseCarrier,
    carrierBacklogMs: carriers.backlogMs,
    findRecording: carriers.findRecording,
  });
  shutdown.add(startExpirySweep(database, EXPIRY_RULES, log));

  const brandPages = createBrandPages(brands);
  const http = createHttpServer(config.trustProxy, log, ERROR_STYLES, () => ({ brand: brandPages().brand }));
  http.addHook('onClose', () => shutdown.run());
  await registerSurfaces(http, {
    config,
    database,
    clock,
    signal,
    core,
    brandPages,
    server,
    metrics,
    apis,
  });
  return { http, core, carriers };
}
