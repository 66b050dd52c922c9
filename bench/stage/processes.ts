import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { BenchDatabase } from './database.ts';

/** A program in a process of its own, which ends with what it was started for. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
}

interface Start {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** What it prints when it is ready. */
  readonly ready: string;
}

const running = new Set<ChildProcess>();

/** It is not to outlive this process. @returns when it has ended */
export function keepTrackOf(child: ChildProcess): Promise<void> {
  running.add(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
}

/** Starts Node.js and waits until the program says that it is ready. @throws Error when it ends before */
export async function startNode({ args, env, ready }: Start): Promise<Running> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = keepTrackOf(child);
  await new Promise<void>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
      if (said.includes(ready)) resolve();
    });
    ended.then(() => reject(new Error(`it did not start: ${args.join(' ')}: ${said}`)), reject);
  });
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** For when this process is told to end. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Resident memory, in megabytes (10^6 bytes). Linux alone tells. */
export function megabytesOf(pid: number): number {
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  return (kibibytes * 1024) / 1e6;
}

/** Clock ticks of the kernel's, which are a hundredth of a second everywhere. */
const TICK = 0.01;

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
  /** With the children that have ended. */
  readonly withChildren: number;
}

function stat(pid: number | string): Stat | undefined {
  try {
    // After the name, which may hold anything but ends with the last parenthesis: state, parent, … utime, stime, cutime, cstime.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [user = 0, system = 0, ofUsers = 0, ofSystem = 0] = fields.slice(11, 15).map(Number);
    const cpuSeconds = (user + system) * TICK;
    return { parent: Number(fields[1]), cpuSeconds, withChildren: cpuSeconds + (ofUsers + ofSystem) * TICK };
  } catch {
    return undefined; // it has ended
  }
}

export function cpuSecondsOf(pid: number): number {
  return stat(pid)?.cpuSeconds ?? 0;
}

/** Of all processes of the PostgreSQL of a database, those that have ended included; of one elsewhere 0. */
export async function postgresCpuSeconds({ sql }: BenchDatabase): Promise<number> {
  const [row] = await sql<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = stat(row?.pid ?? 0)?.parent;
  if (postmaster === undefined) return 0;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(stat)
    .filter((each) => each?.parent === postmaster);
  return children.reduce((sum, each) => sum + (each?.cpuSeconds ?? 0), stat(postmaster)?.withChildren ?? 0);
}
