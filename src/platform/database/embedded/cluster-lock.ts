import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

const OWNER_ONLY = 0o600;
/** open(2) of macOS and the BSDs: take an flock(2) with the file. Node.js has no name for it. */
const O_EXLOCK = 0x20;
/** Where `flock` gets the file; 0, 1 and 2 are the standard streams. */
const INHERITED = 3;
/** What `flock` exits with if another process has the lock. */
const LOCKED = 1;

/**
 * Takes the lock of the PostgreSQL in `parent`: an flock(2) on a file there, which is never deleted.
 *
 * PostgreSQL's own protection, a process id in a file and a segment of shared memory, does not reach from one container into
 * another. An flock does, because it belongs to the file. The kernel keeps it until the last process has closed the file.
 * PostgreSQL inherits the open file, so the lock lives as long as its last process, and does not depend on the starter.
 *
 * @returns the open file, which the caller must close; undefined if another process has the lock
 * @throws Error if the file cannot be opened or locked
 */
export async function takeClusterLock(parent: string): Promise<FileHandle | undefined> {
  const path = join(parent, 'postgres.lock');
  return process.platform === 'linux' ? lockOnLinux(path) : openLocked(path);
}

/** Node.js cannot call flock(2), but the command of that name locks the open file that it inherits. */
async function lockOnLinux(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, 'a', OWNER_ONLY);
  try {
    const status = await lockInherited(file.fd);
    if (status === 0) return file;
    if (status !== LOCKED) throw new Error(`${path} cannot be locked: flock exited with status ${status}`);
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

async function lockInherited(fd: number): Promise<number | null> {
  const flock = spawn('flock', ['-x', '-n', String(INHERITED)], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  try {
    const [status] = await once(flock, 'exit');
    return status;
  } catch (error) {
    throw new Error(describeSpawnError(error as NodeJS.ErrnoException), { cause: error });
  }
}

function describeSpawnError({ code }: NodeJS.ErrnoException): string {
  return code === 'ENOENT'
    ? 'the command flock is missing, which PostgreSQL needs here: install util-linux or set DATABASE_URL'
    : `the command flock, which PostgreSQL needs here, cannot be started (${code})`;
}

async function openLocked(path: string): Promise<FileHandle | undefined> {
  const { O_RDWR, O_CREAT, O_NONBLOCK } = constants;
  return open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, OWNER_ONLY).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EAGAIN') return undefined;
      throw error;
    },
  );
}
