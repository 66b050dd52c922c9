import type { TestApp } from '../harness/app.ts';
import { type ServerProcess, startServer } from '../harness/server-process.ts';

/** Two servers on the application's database, in their own processes, with its PUBLIC_URL. */
export function startTwoServers(
  { databaseUrl, url }: Pick<TestApp, 'databaseUrl' | 'url'>,
  env: Record<string, string> = {},
): Promise<ServerProcess[]> {
  const asOne = { DATABASE_URL: databaseUrl, PUBLIC_URL: url, ...env };
  return Promise.all([startServer(asOne), startServer(asOne)]);
}

/** Sends the request `times` times at once, to the servers in turn. */
export function askAtOnce<T>(
  servers: readonly Pick<ServerProcess, 'url'>[],
  count: number,
  ask: (server: Pick<ServerProcess, 'url'>, index: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => ask(servers[index % servers.length] ?? { url: '' }, index)),
  );
}
