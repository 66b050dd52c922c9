import { join } from 'node:path';
import { freePort } from '../../test/harness/free-port.ts';
import { type RunningProgram, startNode } from './processes.ts';
import { PRODUCTION } from './program.ts';
import type { Server } from './server.ts';

const BENCH = join(import.meta.dirname, '..');

/**
 * Starts a floor or a peer that serves HTTP, in its own process. Pass secrets in `env`: every user of the machine sees arguments.
 * @param program such as `floors/constant-answer.ts`
 */
export async function startMinimalProgram(
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort();
  return { ...(await startWorker(program, [String(port), ...args], env)), url: `http://127.0.0.1:${port}` };
}

/** The same for a program without a port of its own. */
export function startWorker(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningProgram> {
  return startNode({ args: [join(BENCH, program), ...args], env: { ...PRODUCTION, ...env }, ready: 'ready' });
}
