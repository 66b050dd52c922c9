import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** By the error codes of the operating system; each continues the path of a folder. */
const REASONS = {
  EROFS: 'is on a read-only file system',
  EACCES: 'is not writable by the user of this process',
  EPERM: 'is not writable by the user of this process',
  ENOTDIR: 'is not a folder',
  ENOENT: 'does not exist',
  ENOSPC: 'is on a full disk',
  EDQUOT: 'is on a disk whose quota is used up',
} as const;

type Reason = keyof typeof REASONS;

/** The server cannot create its files in DATA_DIR. The message is for the operator. */
export class DataFolderUnusable extends Error {
  constructor(folder: string, reason: Reason, cause?: unknown) {
    super(`${folder} ${REASONS[reason]}: choose another DATA_DIR or set DATABASE_URL`, { cause });
  }
}

/** @returns a DataFolderUnusable if the operating system reports a problem that the operator can fix, else `error` */
export function asFolderError(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code in REASONS ? new DataFolderUnusable(folder, code as Reason, error) : error;
}

/** Whether an output of PostgreSQL's programs reports a full disk. */
export function isDiskFull(output: string): boolean {
  return output.includes('No space left on device');
}

/** Does some work on files in `folder`. @throws DataFolderUnusable */
export async function inDataFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asFolderError(error, folder);
  }
}

/**
 * Creates a folder and its parents. On a read-only file system, Node.js reports ENOENT if it creates the parents itself.
 * @throws DataFolderUnusable
 */
export async function createDataFolder(folder: string): Promise<void> {
  await inDataFolder(folder, async () => {
    const stats = await stat(folder).catch(unlessMissing);
    if (stats?.isDirectory()) return;
    if (stats) throw new DataFolderUnusable(folder, 'ENOTDIR');
    await createDataFolder(dirname(folder));
    await mkdir(folder).catch(unlessPresent);
  });
}

/** ENOTDIR: a parent is a file. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

/** Another process may have created the folder. */
function unlessPresent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EEXIST') throw error;
}
