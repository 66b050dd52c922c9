import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ENCRYPTION_KEY } from './app.ts';
import { afterFile } from './clean-up.ts';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const DEADLINE_MS = 30_000;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real server, in its own process. */
export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** From the spawn until the server printed that it is ready. */
  readonly startedInMs: number;
  readonly stdout: () => string;
  /** Sends the signal and waits until the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

/** Builds the environment of a process without variables of this machine, such as DATABASE_URL. */
export function environment(env: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  const key = env['DATABASE_URL'] === undefined ? {} : { ENCRYPTION_KEY };
  return { PATH, HOME, LOG_LEVEL: 'warn', NODE_COMPILE_CACHE: COMPILED, ...key, ...env };
}

/**
 * Starts a server and waits until it is ready. @throws Error with its output if it ends before that
 * @param detached Ctrl-C in the terminal does not reach it
 */
export async function startServer(
  env: Record<string, string>,
  { detached = false } = {},
): Promise<ServerProcess> {
  const port = Number(env['PORT'] ?? (await freePort()));
  const started = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    env: environment({ ...env, PORT: String(port) }),
    detached,
  });
  const ended = gather(child);
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended.promise;
  };
  afterFile(() => stop());
  while (!ended.stdout().includes('is ready at')) {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver || performance.now() - started > DEADLINE_MS) {
      throw new Error(`the server did not start: ${ended.stdout()} ${ended.stderr()}`);
    }
    await sleep(5);
  }
  const startedInMs = performance.now() - started;
  return { url: `http://localhost:${port}`, pid: child.pid ?? 0, startedInMs, stdout: ended.stdout, stop };
}

/** Runs a server that is expected to refuse to start. */
export function runServer(env: Record<string, string>): Promise<Ended> {
  return gather(spawn(process.execPath, [MAIN], { env: environment(env), timeout: DEADLINE_MS })).promise;
}

/** Runs the command line. */
export function runCli(args: readonly string[], env: Record<string, string>, input = ''): Promise<Ended> {
  const child = spawn(process.execPath, [CLI, ...args], { env: environment(env), timeout: DEADLINE_MS });
  child.stdin?.end(input);
  return gather(child).promise;
}

/** Runs a script of the documentation in its own folder. */
export function runShell(script: string): Promise<Ended> {
  const cwd = temporaryFolder();
  return gather(
    execFile('bash', ['--norc', '-eu', '-c', script], { cwd, env: environment({}), timeout: DEADLINE_MS }),
  ).promise;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clicktocall-test-'));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function gather(child: ChildProcess) {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data) => {
    stdout += data;
  });
  child.stderr?.on('data', (data) => {
    stderr += data;
  });
  const promise = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { stdout: () => stdout, stderr: () => stderr, promise };
}
