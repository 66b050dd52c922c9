import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** On a machine that starts Node alone in so many milliseconds, bounds of time hold as they are. */
const QUIET_START_MS = 28;

/** How many times slower than that the machine is just now, because of what else it does; at least 1. */
export async function slowness(): Promise<number> {
  const started = performance.now();
  await once(spawn(process.execPath, ['--eval', '0']), 'exit');
  return Math.max(1, (performance.now() - started) / QUIET_START_MS);
}
