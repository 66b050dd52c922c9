import { join } from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import type { BenchDatabase } from './database.ts';
import { type RunningProgram, startNode } from './processes.ts';
import { PRODUCTION, type Program } from './program.ts';

/** The server, started as in production. */
export interface Server extends RunningProgram {
  readonly url: string;
}

export async function startServer(
  { root, env, nodeOptions }: Program,
  database: BenchDatabase,
  extraEnv: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await startNode({
    args: [...nodeOptions, join(root, 'src/main.ts')],
    env: {
      ...PRODUCTION,
      PORT: String(port),
      PUBLIC_URL: url,
      DATABASE_URL: database.url,
      ...extraEnv,
      ...env,
    },
    ready: 'is ready at',
  });
  return { ...running, url };
}
