import { execFile, spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Launcher } from './launcher.ts';
import { SOCKET_PORT } from './socket.ts';

const STOP_TIMEOUT_MS = 8000;
const STOP_POLL_MS = 10;
const LOG_TAIL_LINES = 5;
const LOG_TAIL_BYTES = 16_384;

/** A newly spawned postmaster. */
export interface Spawned {
  isRunning(): boolean;
  /** Set if the program could not be executed. */
  error(): Error | undefined;
  /** What the log got since the start; empty if it cannot be read. */
  output(): Promise<string>;
}

/** The pid of the running postmaster that holds the lock file of `folder`, in any state. */
export async function livePostmaster(folder: string): Promise<number | undefined> {
  const pid = await recordedPid(folder);
  return pid !== undefined && (await isPostmasterOf(pid, folder)) ? pid : undefined;
}

/**
 * Spawns a postmaster on `folder` that survives this process and gets no signals from its terminal.
 * @param lock the lock of the cluster: the postmaster and its processes inherit it, and so keep it until the last of them exits
 */
export async function spawnPostmaster(
  folder: string,
  log: string,
  launcher: Launcher,
  lock: FileHandle,
): Promise<Spawned> {
  const settings = ['listen_addresses=', 'unix_socket_directories=.', `port=${SOCKET_PORT}`];
  const args = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])];
  const { file, argv, options } = launcher.command(launcher.binaries.postgres, args);
  const env = { ...options.env, ...(await staleLockPid(folder)) };
  const output = await open(log, 'a', 0o600);
  try {
    const { size: logStart } = await output.stat();
    const child = spawn(file, argv, {
      ...options,
      env,
      detached: true,
      stdio: ['ignore', output.fd, output.fd, lock.fd],
    });
    let failure: Error | undefined;
    child.once('error', (error) => {
      failure = error;
    });
    child.unref();
    return {
      isRunning: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
      error: () => failure,
      output: () => text(createReadStream(log, { start: logStart })).catch(() => ''),
    };
  } finally {
    await output.close();
  }
}

/** Stops the postmaster of `folder` (a "fast" shutdown) and waits until it has exited, at most about 8 s. */
export async function stopPostmaster(folder: string): Promise<void> {
  const pid = await livePostmaster(folder);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    return;
  }
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (performance.now() < deadline && (await isPostmasterOf(pid, folder))) await sleep(STOP_POLL_MS);
}

/** Reads the last lines of a log file, at most 5; none if it cannot be read. */
export async function logTail(log: string): Promise<string[]> {
  const content = await readFile(log, 'utf8').catch(() => '');
  const lines = content.slice(-LOG_TAIL_BYTES).split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-LOG_TAIL_LINES);
}

/**
 * After a reboot, or in a restarted container, the pid in a stale lock file may belong to another program, and PostgreSQL would
 * refuse to start while that program runs. PG_GRANDPARENT_PID, which pg_ctl uses for its parent shell, marks this pid as not a
 * postmaster. All other checks remain.
 */
async function staleLockPid(folder: string): Promise<{ PG_GRANDPARENT_PID?: string }> {
  const pid = await recordedPid(folder);
  if (pid === undefined || (await isPostmasterOf(pid, folder))) return {};
  return { PG_GRANDPARENT_PID: String(pid) };
}

async function recordedPid(folder: string): Promise<number | undefined> {
  const content = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(content, 10);
  return pid > 0 ? pid : undefined;
}

/** The working directory of a postmaster is its data folder. No other program with the same pid has it, and no zombie. */
async function isPostmasterOf(pid: number, folder: string): Promise<boolean> {
  if (process.platform === 'linux') {
    const [workingFolder, realFolder] = await Promise.all([
      readlink(`/proc/${pid}/cwd`).catch(() => undefined),
      realpath(folder).catch(() => folder),
    ]);
    return workingFolder === realFolder;
  }
  const ps = promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
  const { stdout } = await ps.catch(() => ({ stdout: '' }));
  return stdout.includes(`-D ${folder} `);
}
