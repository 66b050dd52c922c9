import { after } from 'node:test';
import { buildApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { connectDatabase } from '../../src/database/database.ts';
import { createLog } from '../../src/http/log.ts';
import { freePort, type TestApp } from '../harness/app.ts';

/** A further server process's worth of application, on the database of the first. */
export async function startNode(app: TestApp, env: Record<string, string> = {}): Promise<TestApp> {
  const port = await freePort();
  const { databaseUrl } = app;
  const config = readConfig({ PORT: String(port), DATABASE_URL: databaseUrl, LOG_LEVEL: 'silent', ...env });
  const database = connectDatabase(databaseUrl);
  const log = createLog(config.logLevel);
  const node = await buildApp(config, database, log.logger);
  await node.http.listen({ port, host: config.host });
  after(async () => {
    await node.http.close();
    await database.close();
    log.close();
  });
  return { ...app, ...node, url: config.publicUrl, config, database };
}
