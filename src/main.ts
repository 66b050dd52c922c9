import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { CarrierNotStarted } from './carriers/carrier.ts';
import { describeCarrier } from './carriers/describe-carrier.ts';
import { readConfig } from './config/config.ts';
import { warmUp } from './core/calls/warm-up.ts';
import { DemoDataPresent, prepareDemoData } from './core/demo/demo-data.ts';
import { ConfigError } from './platform/configuration/variable.ts';
import { DatabaseUnavailable } from './platform/database/database-errors.ts';
import { DatabaseNotOpened, openDatabase } from './platform/database/open-database.ts';
import { createLog } from './platform/http/log.ts';
import { type PeriodicJob, startPeriodicJob } from './platform/jobs/periodic-job.ts';
import { demoRedirectUris } from './web/demo/demo-redirect-uris.ts';
import { welcome } from './welcome.ts';

/** How soon connections that were lost are replaced. */
const WARM_UP_EVERY_MS = 2_000;
/** How long requests in flight may take to finish; then their connections are cut. */
const DRAIN_MS = 8_000;
/** When the process exits, even if something hangs. */
const STOP_MS = 9_500;
const CLOSE_IDLE_EVERY_MS = 20;

try {
  await start();
} catch (error) {
  const reason = startupProblem(error);
  console.error(reason === undefined ? error : `clicktocall: ${reason}`);
  process.exit(reason === undefined ? 1 : 2);
}

/** One line about a problem that the operator can fix; undefined for any other error. */
function startupProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (
    [ConfigError, DemoDataPresent, DatabaseNotOpened, CarrierNotStarted].some((kind) => error instanceof kind)
  )
    return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'PORT: the port is already in use; choose another, for example: PORT=8889 npm start';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return 'HOST: this machine does not have this address';
  if (code === 'EACCES') return 'PORT: this user may not listen on this port';
  return undefined;
}

async function start(): Promise<void> {
  const config = readConfig();
  for (const warning of config.warnings) console.error(`clicktocall: warning: ${warning}`);
  const log = createLog(config.logLevel);
  const { database, close: closeDatabase } = await openDatabase(config);
  let http: FastifyInstance | undefined;
  try {
    const app = await buildApp(config, database, log.logger);
    http = app.http;
    const { users, clients } = app.core.administration;
    const redirectUris = demoRedirectUris(config.publicUrl);
    const demo = await prepareDemoData({ config, database, users, clients, redirectUris });
    if (demo) app.carriers.simulateFiction();
    let warmUpJob: PeriodicJob | undefined;
    stopOnSignal(async () => {
      await Promise.all([warmUpJob?.stop(), drain(app.http)]);
      await closeDatabase();
      log.close();
    });
    await app.http.listen({ port: config.port, host: config.host });
    warmUpJob = startPeriodicJob({
      everyMs: WARM_UP_EVERY_MS,
      run: () => warmUp(database),
      onError(err) {
        if (!(err instanceof DatabaseUnavailable))
          log.logger.error({ err }, 'calls: cannot warm up connections; the first calls are slower');
      },
    });
    console.log(welcome(config, demo));
    log.logger.info(`calls: ${describeCarrier(config)}`);
  } catch (error) {
    await http?.close();
    await closeDatabase();
    throw error;
  }
}

/** Waits for requests in flight, and closes their connections as soon as they are idle. */
async function drain(http: FastifyInstance): Promise<void> {
  const idle = setInterval(() => http.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  const late = setTimeout(() => http.server.closeAllConnections(), DRAIN_MS);
  await http.close();
  clearInterval(idle);
  clearTimeout(late);
}

/** Stops gracefully on the first signal; a second one ends the process at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1);
      stopping = true;
      setTimeout(() => process.exit(1), STOP_MS).unref();
      await stop();
      process.exit(0);
    });
  }
}
