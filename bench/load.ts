import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { installPackages } from '../test/peers/apt-get.ts';
import { temporaryFile } from './environment/folder.ts';
import { trackChild } from './environment/processes.ts';
import { type BenchRequest, serializeRequest } from './request.ts';

const SCRIPTS = join(import.meta.dirname, 'load');
/** wrk needs a duration; this module stops it much earlier. */
const MAX_DURATION = '1h';

/** The result of a load test. */
export interface LoadResult {
  readonly requests: number;
  /** Requests per second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time of wrk. */
  readonly cpuSeconds: number;
}

export interface LoadTest {
  readonly url: string;
  /** Sent in random order. */
  readonly requests: readonly BenchRequest[];
  /** Any other status fails the measurement. */
  readonly status: number;
  readonly connections: number;
  readonly ms: number;
  /** The first value of the placeholder `{serial}`, from 2,000,000 to 9,999,999. */
  readonly serial?: number;
  /** The first values of the placeholder `{value}`, and the Lua pattern that finds more values in the responses. */
  readonly values?: { readonly first: readonly string[]; readonly pattern: string };
}

/** Sends requests. Each connection sends its next request when it has the response to the previous one. @throws Error */
export async function runLoad({
  url,
  requests,
  status,
  connections,
  ms,
  serial = 2_000_000,
  values,
}: LoadTest): Promise<LoadResult> {
  const args = [fileOf(requests), String(status), String(serial)];
  if (values) args.push(temporaryFile(values.first.join('\n')), values.pattern);
  return runWrk('requests.lua', url, connections, args, ms);
}

/** What `openAndEnd` sends: a request of each kind for each user. */
export interface CallTraffic {
  readonly opens: readonly BenchRequest[];
  readonly ends: readonly BenchRequest[];
}

/** Callees are serial numbers of seven digits. A request may still be in progress when a run ends, so each run has its own. */
const SERIALS = { first: 2_000_000, past: 10_000_000, perRun: 200_000 };
let nextSerial = SERIALS.first;

/** @param calls that the run must at least open @returns the first of enough serial numbers */
function takeSerials(calls: number): number {
  const count = Math.max(SERIALS.perRun, 2 * calls);
  if (nextSerial + count > SERIALS.past) nextSerial = SERIALS.first;
  const first = nextSerial;
  nextSerial += count;
  return first;
}

/** Opens calls and ends them, for this time and until this many have ended. @throws Error */
export async function openAndEnd(
  url: string,
  { opens, ends }: CallTraffic,
  { connections = 50, calls = 1, ms = 0 }: { connections?: number; calls?: number; ms?: number },
): Promise<LoadResult> {
  const args = [fileOf(opens), fileOf(ends), String(calls), String(takeSerials(calls))];
  return runWrk('open-and-end.lua', url, connections, args, ms);
}

/** Installs wrk if it is missing. @throws Error if that fails */
export function requireWrk(): void {
  if (!isWrkInstalled() && !(installPackages('wrk') && isWrkInstalled()))
    throw new Error('wrk is missing, and apt-get could not install it: https://github.com/wg/wrk');
}

function isWrkInstalled(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined;
}

function fileOf(requests: readonly BenchRequest[]): string {
  return temporaryFile(requests.map(serializeRequest).join('\0'));
}

/** @param ms minimum duration; wrk also runs until its script is ready to stop */
async function runWrk(
  script: string,
  url: string,
  connections: number,
  args: readonly string[],
  ms: number,
): Promise<LoadResult> {
  const options = [
    '--threads=1',
    `--connections=${connections}`,
    `--duration=${MAX_DURATION}`,
    '--timeout=10s',
  ];
  const child = spawn('wrk', [...options, `--script=${join(SCRIPTS, script)}`, url, '--', ...args], {
    env: { PATH: process.env['PATH'], LUA_PATH: `${SCRIPTS}/?.lua;;` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const readyToStop = new Promise<void>((resolve) => {
    child.stdout.on('data', (data) => {
      output += data;
      if (output.includes('READY TO STOP')) resolve();
    });
  });
  const ended = trackChild(child);
  await Promise.race([Promise.all([sleep(ms), readyToStop]), ended]);
  child.kill('SIGINT'); // wrk then prints the result
  await ended;
  return parseResult(output);
}

/** Parses the line that load/result.lua prints. @throws Error if a request failed or got an unexpected response */
function parseResult(output: string): LoadResult {
  const result = /^RESULT (.+)$/m.exec(output)?.[1];
  if (result === undefined) throw new Error(`wrk failed: ${output}`);
  const [requests = 0, microseconds = 0, p50 = 0, p99 = 0, broken, unexpected, cpuSeconds = 0] = result
    .split(' ')
    .map(Number);
  if (broken !== 0 || unexpected !== 0 || requests === 0) {
    const example = /^UNEXPECTED (.+)/m.exec(output)?.[1] ?? '';
    throw new Error(
      `${unexpected} of ${requests} responses were unexpected, ${broken} requests failed: ${example}`,
    );
  }
  return { requests, rate: requests / (microseconds / 1e6), p50: p50 / 1e3, p99: p99 / 1e3, cpuSeconds };
}
