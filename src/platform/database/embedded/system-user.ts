import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A user of the operating system. */
export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

const OWN_USER = 'clicktocall';

/**
 * Finds the user to run PostgreSQL as, because it refuses to run as root: the owner of an existing `folder`, else the user
 * `postgres`, else a system user that this function creates. Undefined if this process does not run as root.
 *
 * @throws Error if no such user exists and none can be created
 */
export async function findDatabaseUser(folder: string): Promise<SystemUser | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const stats = await stat(folder).catch(() => undefined);
  if (stats && stats.uid !== 0) {
    return (await findUser((_, uid) => uid === stats.uid)) ?? { uid: stats.uid, gid: stats.gid };
  }
  return (await findUserNamed('postgres')) ?? (await findUserNamed(OWN_USER)) ?? (await createUser());
}

function findUserNamed(name: string): Promise<SystemUser | undefined> {
  return findUser((candidate) => candidate === name);
}

async function findUser(matches: (name: string, uid: number) => boolean): Promise<SystemUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const line of passwd.split('\n')) {
    const [name = '', , uid, gid] = line.split(':');
    const user = { uid: Number(uid), gid: Number(gid) };
    if (user.uid > 0 && user.gid >= 0 && matches(name, user.uid)) return user;
  }
  return undefined;
}

async function createUser(): Promise<SystemUser> {
  const options = ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  const failure = await promisify(execFile)('useradd', [...options, OWN_USER]).then(
    () => undefined,
    (error: unknown) => error,
  );
  // Even after a failure, because another process may have created the user at the same time.
  const user = await findUserNamed(OWN_USER);
  if (user) return user;
  throw new Error(
    `PostgreSQL refuses to run as root, and useradd could not create the user ${OWN_USER}: ` +
      'run as an ordinary user, create that user or set DATABASE_URL',
    { cause: failure },
  );
}
