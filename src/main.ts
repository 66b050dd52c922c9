import { buildApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { openDatabase } from './database/open-database.ts';
import { DemoDataPresent, prepareDemoData } from './demo/demo-data.ts';
import { createLog } from './http/log.ts';
import { welcome } from './welcome.ts';

/** How long requests under way may take to finish, in milliseconds; then the process ends all the same. */
const DRAIN_MS = 8_000;

try {
  await start();
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof DemoDataPresent;
  console.error(expected ? `clicktocall: ${error.message}` : error);
  process.exit(expected ? 2 : 1);
}

async function start(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const { database, close: closeDatabase } = await openDatabase(config);
  try {
    const app = await buildApp(config, database, log.logger);
    const demo = await prepareDemoData({ config, database, ...app });
    await app.http.listen({ port: config.port, host: config.host });
    console.log(welcome(config, demo));
    stopOnSignal(async () => {
      await app.http.close();
      await closeDatabase();
      log.close();
    });
  } catch (error) {
    await closeDatabase();
    throw error;
  }
}

/** Finishes what is under way on the first signal; a second one ends the process at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) process.exit(1);
      stopping = true;
      setTimeout(() => process.exit(1), DRAIN_MS).unref();
      await stop();
      process.exit(0);
    });
  }
}
