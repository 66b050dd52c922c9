import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPackages } from '../test/peers/apt-get.ts';
import { onTheWire, type Sent } from './request.ts';
import { temporaryFile } from './stage/folder.ts';
import { keepTrackOf } from './stage/processes.ts';

const SCRIPTS = join(import.meta.dirname, 'load');
/** It is told to end long before. */
const LONGEST = '1h';

/** What came of a load. */
export interface Outcome {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of the load itself. */
  readonly cpuSeconds: number;
}

export interface Load {
  readonly url: string;
  /** In random order. */
  readonly requests: readonly Sent[];
  /** Any other status fails the measurement. */
  readonly status: number;
  readonly connections: number;
  readonly ms: number;
  /** The first of the numbers that `{serial}` stands for; 2,000,000 to 9,999,999. */
  readonly serial?: number;
  /** What `{found}` stands for at first, and the Lua pattern that finds more of it in the answers. */
  readonly found?: { readonly first: readonly string[]; readonly pattern: string };
}

/** Sends requests over so many connections, each its next one as soon as the last one is answered. @throws Error */
export async function load({
  url,
  requests,
  status,
  connections,
  ms,
  serial = 2_000_000,
  found,
}: Load): Promise<Outcome> {
  const args = [fileOf(requests), String(status), String(serial)];
  if (found) args.push(temporaryFile(found.first.join('\n')), found.pattern);
  return wrk('requests.lua', url, connections, args, ms);
}

/** Opens calls by CAMARA's face and ends them again. @throws Error */
export async function openAndEnd(
  url: string,
  { opens, ends, calls }: { opens: readonly Sent[]; ends: readonly Sent[]; calls: number },
): Promise<Outcome> {
  return wrk('open-and-end.lua', url, 50, [fileOf(opens), fileOf(ends), String(calls)], 0);
}

/** @throws Error when there is no wrk, and none to be installed */
export function requireWrk(): void {
  if (!isThere() && !(installPackages('wrk') && isThere()))
    throw new Error('wrk is missing, and apt-get could not install it: https://github.com/wg/wrk');
}

function isThere(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined;
}

function fileOf(requests: readonly Sent[]): string {
  return temporaryFile(requests.map(onTheWire).join('\0'));
}

/** @param ms at least; until the script says that it may end */
async function wrk(
  script: string,
  url: string,
  connections: number,
  args: readonly string[],
  ms: number,
): Promise<Outcome> {
  const options = ['--threads=1', `--connections=${connections}`, `--duration=${LONGEST}`, '--timeout=10s'];
  const child = spawn('wrk', [...options, `--script=${join(SCRIPTS, script)}`, url, '--', ...args], {
    env: { PATH: process.env['PATH'], LUA_PATH: `${SCRIPTS}/?.lua;;` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const mayEnd = new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      said += data;
      if (said.includes('MAY END')) resolve();
    });
  });
  const ended = keepTrackOf(child);
  await Promise.race([Promise.all([sleep(ms), mayEnd]), ended]);
  child.kill('SIGINT'); // it then says what has come of it
  await ended;
  return read(said);
}

/** The line that load/outcome.lua prints. @throws Error for anything that was not as it must be */
function read(said: string): Outcome {
  const result = /^RESULT (.+)$/m.exec(said)?.[1];
  if (result === undefined) throw new Error(`wrk failed: ${said}`);
  const [requests = 0, microseconds = 0, p50 = 0, p99 = 0, broken, unexpected, cpuSeconds = 0] = result
    .split(' ')
    .map(Number);
  if (broken !== 0 || unexpected !== 0 || requests === 0) {
    const surprise = /^SURPRISE (.+)/m.exec(said)?.[1] ?? '';
    throw new Error(`${unexpected} of ${requests} answers were unexpected, ${broken} failed: ${surprise}`);
  }
  return { requests, rate: requests / (microseconds / 1e6), p50: p50 / 1e3, p99: p99 / 1e3, cpuSeconds };
}
