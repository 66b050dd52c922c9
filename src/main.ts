import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { CarrierNotStarted } from './carriers/carrier-not-started.ts';
import { describeCarrier } from './carriers/describe-carrier.ts';
import { readConfig } from './config/config.ts';
import { DemoDataPresent, prepareDemoData } from './core/demo/demo-data.ts';
import { ConfigError } from './platform/configuration/variable.ts';
import { DatabaseNotOpened, openDatabase } from './platform/database/open-database.ts';
import { createLog } from './platform/http/log.ts';
import { welcome } from './welcome.ts';

/** How long requests under way may take to finish, in milliseconds; then their connections are cut. */
const DRAIN_MS = 5_000;
/** When the process ends whatever hangs. */
const STOP_MS = 9_500;
const CLOSE_IDLE_EVERY_MS = 20;

try {
  await start();
} catch (error) {
  const reason = whyNotStarted(error);
  console.error(reason === undefined ? error : `clicktocall: ${reason}`);
  process.exit(reason === undefined ? 1 : 2);
}

/** One line for what whoever starts the server can mend; undefined for what they cannot. */
function whyNotStarted(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (
    [ConfigError, DemoDataPresent, DatabaseNotOpened, CarrierNotStarted].some((kind) => error instanceof kind)
  )
    return error.message;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return 'PORT: another program listens there already; set another, as in PORT=8889 npm start';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'HOST: this machine has no such address';
  if (code === 'EACCES') return 'PORT: this user may not listen there';
  return undefined;
}

async function start(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const { database, close: closeDatabase } = await openDatabase(config);
  let http: FastifyInstance | undefined;
  try {
    const app = await buildApp(config, database, log.logger);
    http = app.http;
    const demo = await prepareDemoData({ config, database, ...app });
    if (demo) app.carriers.simulateFiction();
    stopOnSignal(async () => {
      await drain(app.http);
      await closeDatabase();
      log.close();
    });
    await app.http.listen({ port: config.port, host: config.host });
    console.log(welcome(config, demo));
    log.logger.info(`calls: ${describeCarrier(config)}`);
  } catch (error) {
    await http?.close();
    await closeDatabase();
    throw error;
  }
}

/** Lets the requests under way finish, and closes their connections as they become idle rather than keep them alive. */
async function drain(http: FastifyInstance): Promise<void> {
  const idle = setInterval(() => http.server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
  const late = setTimeout(() => http.server.closeAllConnections(), DRAIN_MS);
  await http.close();
  clearInterval(idle);
  clearTimeout(late);
}

/** Finishes what is under way on the first signal; a second one ends the process at once. */
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
