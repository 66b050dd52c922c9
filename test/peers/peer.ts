import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEveryFile } from '../harness/clean-up.ts';

const READY_MS = 10_000;
const GOODBYE_MS = 2_000;

/** A program of others that speaks SIP, in a process and a folder of its own. */
export interface Peer {
  /** All that it has written to its terminal. */
  output(): string;
  /** Its exit code; `null` when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Of the program itself: what started it has become it. */
  readonly pid: number;
  /** As if the power had gone: it tells nobody. */
  kill(): Promise<void>;
  /** Asks it to end, and ends it when it does not. */
  stop(): Promise<void>;
}

const running = new Map<Peer, number>();
const folders = new Set<string>();

afterEveryFile(endPeers);
process.once('exit', () => {
  for (const pid of running.values()) process.kill(-pid, 'SIGKILL');
});

/** Ends all that were started and are still there, and removes what they wrote. */
export async function endPeers(): Promise<void> {
  await Promise.all([...running.keys()].map((peer) => peer.stop()));
  removeFolders();
}

/** Likewise, at once. */
export async function killPeers(): Promise<void> {
  await Promise.all([...running.keys()].map((peer) => peer.kill()));
  removeFolders();
}

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  isReady(output: string): boolean;
  /** Whether there is no use in waiting any longer. */
  hasFailed?(output: string): boolean;
  /** What else it may have written of why it does not start. */
  log?(): string;
}

/** Starts a peer and waits until it is ready. @throws Error with its output when it is not */
export async function launch({ command, args, folder, isReady, hasFailed, log }: Launch): Promise<Peer> {
  // In a process group of its own, since some have children; it does not outlive this process, however that ends.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'xterm', HOME: folder },
  });
  let output = '';
  const gather = (data: Buffer) => {
    output += data;
  };
  child.stdout.on('data', gather);
  child.stderr.on('data', gather);
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      output += error;
      resolve(null);
    });
    child.once('exit', resolve);
  });
  const signal = (name: NodeJS.Signals) => {
    const pid = running.get(peer);
    if (pid !== undefined) process.kill(-pid, name);
  };
  const peer: Peer = {
    output: () => output,
    ended,
    pid: child.pid ?? 0,
    kill: async () => {
      signal('SIGKILL');
      await ended;
    },
    stop: async () => {
      signal('SIGTERM');
      await Promise.race([ended, sleep(GOODBYE_MS, undefined, { ref: false })]);
      await peer.kill();
    },
  };
  if (child.pid !== undefined) running.set(peer, child.pid);
  void ended.then(() => running.delete(peer));

  const deadline = performance.now() + READY_MS;
  while (!isReady(output)) {
    const gone = await Promise.race([ended.then(() => true), sleep(20, false)]);
    if (gone || hasFailed?.(output) || performance.now() > deadline) {
      const why = `${command} did not start: ${output}${log?.() ?? ''}`;
      await peer.stop();
      throw new Error(why);
    }
  }
  return peer;
}

/** A new one, removed in the end. */
export function peerFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `clicktocall-${name.replace(/\W/g, '')}-`));
  folders.add(folder);
  return folder;
}
