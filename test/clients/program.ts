import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { RegisteredClient } from '../../src/core/clients/client-service.ts';
import { afterFile } from '../harness/clean-up.ts';
import { environment, temporaryFolder } from '../harness/server-process.ts';
import { REDIRECT_URI, type Room } from './room.ts';
import { openPage } from './visitor.ts';

/** What a program learned with its client library. */
export type Facts = Readonly<Record<string, unknown>>;

/** A command with its arguments, in the folder of the programs. */
export type Command = readonly [string, ...string[]];

export const NODE = process.execPath;
export const PYTHON = '/usr/bin/python3';
export const RUBY = '/usr/bin/ruby';
export const PROGRAMS = join(import.meta.dirname, 'programs');
const DEADLINE_MS = 60_000;

export type Settings = Readonly<Record<string, string>>;

/** Environment of a program for its client. */
export function settingsOf(
  { app }: Room,
  { client, secret }: RegisteredClient,
  redirectUri = REDIRECT_URI,
): Settings {
  return {
    ISSUER: app.url,
    CLIENT_ID: client.id,
    ...(secret !== undefined && { CLIENT_SECRET: secret }),
    REDIRECT_URI: redirectUri,
  };
}

/** Compiles a program in Go, without modules: its packages are Debian's. @returns the command to run it */
export async function compileGo(folder: string): Promise<Command> {
  const program = join(temporaryFolder(), folder);
  const env = { ...environment({}), GO111MODULE: 'off', GOPATH: '/usr/share/gocode' };
  await promisify(execFile)('go', ['build', '-o', program, `./${folder}`], {
    cwd: join(PROGRAMS, 'go'),
    env,
  });
  return [program];
}

/**
 * Runs a program until its report. The program prints lines: `visit URL`, which the person then opens, and the program reads
 * from its input where that led; `report JSON` at the end.
 */
export async function runProgram(room: Room, command: Command, settings: Settings): Promise<Facts> {
  const { child, output } = start(command, settings);
  let facts: Facts | undefined;
  for await (const line of createInterface(child.stdout)) {
    const [, word, rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (word === 'visit') child.stdin.write(`${(await openPage(room, rest, { stay: true })).address}\n`);
    else if (word === 'report') facts = JSON.parse(rest);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  if (facts === undefined || child.exitCode !== 0)
    throw new Error(`${command.join(' ')} ended with ${child.exitCode ?? child.signalCode}: ${output()}`);
  return facts;
}

/** Starts a web application and waits until it prints `ready`. */
export async function startProgram(command: Command, settings: Settings): Promise<void> {
  const { child, output } = start(command, settings);
  for await (const line of createInterface(child.stdout)) if (line === 'ready') return;
  throw new Error(`${command.join(' ')} did not start: ${output()}`);
}

/** Starts a program. It ends after the file's last test. @returns what it prints for people, as `output` */
export function start([command, ...args]: Command, settings: Settings) {
  const child: ChildProcessWithoutNullStreams = spawn(command, args, {
    cwd: PROGRAMS,
    env: environment({ PYTHONDONTWRITEBYTECODE: '1', ...settings }),
    timeout: DEADLINE_MS,
  });
  afterFile(() => child.kill());
  let output = '';
  child.stderr.on('data', (data) => {
    output += data;
  });
  return { child, output: () => output };
}
