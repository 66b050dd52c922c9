import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { BenchDatabase } from './database.ts';

/** A program in its own process. Disposing of it ends the process. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
}

interface Start {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The text that it prints when it is ready. */
  readonly ready: string;
}

const running = new Set<ChildProcess>();

/** Makes sure that the child ends with this process. Resolves when the child has ended. */
export function trackChild(child: ChildProcess): Promise<void> {
  running.add(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
}

/** Starts Node.js and waits until the program is ready. @throws Error if it ends before that */
export async function startNode({ args, env, ready }: Start): Promise<RunningProgram> {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = trackChild(child);
  await new Promise<void>((resolve, reject) => {
    let output = '';
    const findReady = (data: Buffer) => {
      output += data;
      if (!output.includes(ready)) return;
      child.stdout.off('data', findReady).resume(); // what follows is the log
      resolve();
    };
    child.stdout.on('data', findReady);
    ended.then(() => reject(new Error(`program did not start: ${args.join(' ')}: ${output}`)), reject);
  });
  return {
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Call this when the process must end early. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Resident memory in megabytes (10^6 bytes). Linux only. */
export const megabytesOf = (pid: number): number => readMemory(pid, 'VmRSS');

/** The most that was resident since the start. */
export const peakMegabytesOf = (pid: number): number => readMemory(pid, 'VmHWM');

function readMemory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]);
  return (kibibytes * 1024) / 1e6;
}

/** Clock ticks of the kernel in /proc, in seconds. */
const TICK = 0.01;

interface Stat {
  readonly parent: number;
  readonly cpuSeconds: number;
  /** Includes children that have ended. */
  readonly withChildren: number;
}

function stat(pid: number | string): Stat | undefined {
  try {
    // The name may contain anything and ends with the last parenthesis. After it: state, parent, … utime, stime, cutime, cstime.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const [user = 0, system = 0, ofUsers = 0, ofSystem = 0] = fields.slice(11, 15).map(Number);
    const cpuSeconds = (user + system) * TICK;
    return { parent: Number(fields[1]), cpuSeconds, withChildren: cpuSeconds + (ofUsers + ofSystem) * TICK };
  } catch {
    return undefined; // the process has ended
  }
}

export function cpuSecondsOf(pid: number): number {
  return stat(pid)?.cpuSeconds ?? 0;
}

/** Processor time of all processes of the database's PostgreSQL, including ended ones; 0 if it runs on another machine. */
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
