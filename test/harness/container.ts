import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterFile } from './clean-up.ts';
import { environment } from './server-process.ts';

/** Process ids and System V memory of their own, as in a container; files, users and network are those of this machine. */
const NAMESPACES = ['--pid', '--ipc', '--fork', '--mount-proc', '--kill-child'];

/** Why this machine cannot run containers; undefined if it can. */
export const CONTAINERS_MISSING =
  spawnSync('unshare', [...NAMESPACES, 'true']).status === 0
    ? undefined
    : 'unshare cannot create namespaces here (this needs Linux and root)';

export interface Container {
  readonly output: () => string;
  /** The exit status, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Whether it has ended. */
  readonly isOver: () => boolean;
  /** The children of its first process, by their ids on this machine. */
  readonly children: () => readonly number[];
  /** Signals its first process. When that ends, the kernel kills all the others. @returns its exit status */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Runs a program as the first process of a container. */
export function runContainer(argv: readonly string[], env: Record<string, string>): Container {
  const child = spawn('unshare', [...NAMESPACES, ...argv], { env: environment(env) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data;
    });
  }
  afterFile(() => child.kill('SIGKILL'));
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return {
    output: () => output,
    ended,
    isOver: () => child.exitCode !== null || child.signalCode !== null,
    children: () => childrenOf(childrenOf(child.pid)[0]),
    async stop(signal) {
      const [first] = childrenOf(child.pid);
      if (first !== undefined) process.kill(first, signal);
      return ended;
    },
  };
}

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return []; // it has ended
  }
}
