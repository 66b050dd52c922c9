import { chmod, chown, mkdtemp, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asFolderError, DataFolderUnusable, isDiskFull } from '../../data-folder.ts';
import { type Launcher, run } from './launcher.ts';
import { OWNER } from './roles.ts';
import type { SystemUser } from './system-user.ts';

const INCOMPLETE = 'postgres.new-';
const PRIVATE = 0o700;

const INITDB_OPTIONS = [
  `--username=${OWNER}`,
  // The folder with the socket has mode 0700, so only this user and root can connect.
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

/**
 * Ensures that `folder` contains a complete cluster that PostgreSQL's user may use, with mode 0700. The caller has the lock of
 * the cluster.
 *
 * @throws Error if `folder` contains something else, or if initdb fails (with the message of initdb)
 */
export async function prepareCluster(parent: string, folder: string, launcher: Launcher): Promise<void> {
  await removeIncomplete(parent);
  if (!(await isCluster(folder))) await createCluster(parent, folder, launcher);
  const stats = await stat(folder);
  if (launcher.user && stats.uid !== launcher.user.uid) await chownTree(folder, launcher.user);
  if ((stats.mode & 0o777) !== PRIVATE) await chmod(folder, PRIVATE);
}

/** @throws Error if the folder is neither empty nor a cluster; rename or PostgreSQL would fail later */
async function isCluster(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((error: unknown): string[] => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw asFolderError(error, folder);
  });
  if (entries.includes('PG_VERSION')) return true;
  if (entries.length === 0) return false;
  throw new Error(`${folder} contains something other than a database: empty it or choose another DATA_DIR`);
}

/** Renames the cluster to its final name only when it is complete and on disk; initdb syncs it. */
async function createCluster(parent: string, folder: string, launcher: Launcher): Promise<void> {
  const temporary = await mkdtemp(join(parent, INCOMPLETE));
  try {
    if (launcher.user) await chown(temporary, launcher.user.uid, launcher.user.gid);
    await run(launcher, launcher.binaries.initdb, [`--pgdata=${temporary}`, ...INITDB_OPTIONS]);
    await rename(temporary, folder);
    await syncFolder(parent);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw isDiskFull(String(error)) ? new DataFolderUnusable(parent, 'ENOSPC', error) : error;
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

/** Removes the folders of processes that were killed while they created a cluster. */
async function removeIncomplete(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(INCOMPLETE)) continue;
    // The initdb of a killed process may still be writing; the next start then removes the rest.
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 2 }).catch(() => {});
  }
}

/** For a cluster that root copied here. Changes the folder itself last, because its owner marks completion. */
async function chownTree(folder: string, { uid, gid }: SystemUser): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true })) await chown(join(folder, entry), uid, gid);
  await chown(folder, uid, gid);
}
