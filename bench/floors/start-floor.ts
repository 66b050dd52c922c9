import { join } from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import { startNode } from '../environment/processes.ts';
import { PRODUCTION } from '../environment/program.ts';
import type { Server } from '../environment/server.ts';

/** Starts a floor that serves HTTP, in its own process. Pass secrets in `env`: every user of the machine sees arguments. */
export async function startFloor(
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  const running = await startNode({
    args: [join(import.meta.dirname, program), String(port), ...args],
    env: { ...PRODUCTION, ...env },
    ready: 'ready',
  });
  return { ...running, url: `http://127.0.0.1:${port}` };
}
