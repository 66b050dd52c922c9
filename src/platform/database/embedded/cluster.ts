import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { type Launcher, run } from './launcher.ts';

const HALF_MADE = /^postgres\.new-(\d+)-/;
const PRIVATE = 0o700;

const INITDB_OPTIONS = [
  '--username=clicktocall',
  // Only this user (and the superuser) gets through the folder, mode 0700, to the socket: that is the authentication.
  '--auth=trust',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
  '--no-instructions',
  ...['max_connections=200', 'timezone=UTC', 'log_timezone=UTC', 'log_checkpoints=off'].map(
    (s) => `--set=${s}`,
  ),
];

/** The folders that this process is making clusters in at the moment. */
const inTheMaking = new Set<string>();

/**
 * Makes sure that `folder` holds a complete cluster that PostgreSQL's account may use, mode 0700.
 *
 * @throws Error when `folder` holds something else, or when initdb fails (its message is in the error's).
 */
export async function prepareCluster(parent: string, folder: string, launcher: Launcher): Promise<void> {
  await removeHalfMade(parent);
  if (!(await isCluster(folder))) await createCluster(parent, folder, launcher);
  const found = await stat(folder);
  if (launcher.account && found.uid !== launcher.account.uid) await chownTree(folder, launcher.account);
  if ((found.mode & 0o777) !== PRIVATE) await chmod(folder, PRIVATE);
}

/** @throws Error when the folder holds something that is no cluster, which rename or PostgreSQL would refuse later. */
async function isCluster(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  if (entries.includes('PG_VERSION')) return true;
  if (entries.length === 0) return false;
  throw new Error(`${folder} holds something other than a database: empty it or choose another DATA_DIR`);
}

/** The cluster appears under its name only when it is complete and on disk: initdb itself syncs it. */
async function createCluster(parent: string, folder: string, launcher: Launcher): Promise<void> {
  const name = `postgres.new-${process.pid}-${randomBytes(6).toString('hex')}`;
  const halfMade = join(parent, name);
  inTheMaking.add(name);
  try {
    await mkdir(halfMade, { mode: PRIVATE });
    if (launcher.account) await chown(halfMade, launcher.account.uid, launcher.account.gid);
    await run(launcher, launcher.binaries.initdb, [`--pgdata=${halfMade}`, ...INITDB_OPTIONS]);
    await rename(halfMade, folder);
    await syncFolder(parent);
  } catch (error) {
    await rm(halfMade, { recursive: true, force: true });
    // Another first start may have been faster: its cluster serves as well.
    if (!(await isCluster(folder))) throw error;
  } finally {
    inTheMaking.delete(name);
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what first starts that were killed left behind. */
async function removeHalfMade(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const pid = Number(HALF_MADE.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(pid) || isBeingMade(name, pid)) continue;
    // A killed process's initdb may still be writing there; what it keeps from being removed, the next start removes.
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
  }
}

function isBeingMade(name: string, pid: number): boolean {
  // In a restarted container, an earlier process may have had this one's pid.
  if (pid === process.pid) return inTheMaking.has(name);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** For a cluster that the superuser copied here. The folder itself comes last: its owner says that all is done. */
async function chownTree(folder: string, { uid, gid }: Account): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) await chown(join(folder, entry), uid, gid);
  await chown(folder, uid, gid);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
