import { join } from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import { startNode } from '../stage/processes.ts';
import { PRODUCTION } from '../stage/program.ts';
import type { Server } from '../stage/server.ts';

/** Starts a floor that listens, in a process of its own. */
export async function startFloor(program: string, ...args: readonly string[]): Promise<Server> {
  const port = await freePort();
  const running = await startNode({
    args: [join(import.meta.dirname, program), String(port), ...args],
    env: PRODUCTION,
    ready: 'ready',
  });
  return { ...running, url: `http://127.0.0.1:${port}` };
}
