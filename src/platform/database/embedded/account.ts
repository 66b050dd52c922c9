import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A user of the operating system. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const OWN_ACCOUNT = 'clicktocall';

/**
 * Finds the user to run PostgreSQL as, because it refuses to run as root: the owner of an existing `folder`, else the user
 * `postgres`, else a system user that this function creates. Undefined if this process does not run as root.
 *
 * @throws Error if no such user exists and none can be created
 */
export async function databaseAccount(folder: string): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const stats = await stat(folder).catch(() => undefined);
  if (stats && stats.uid !== 0) {
    return (await findAccount((_, uid) => uid === stats.uid)) ?? { uid: stats.uid, gid: stats.gid };
  }
  return (await namedAccount('postgres')) ?? (await namedAccount(OWN_ACCOUNT)) ?? (await createAccount());
}

function namedAccount(name: string): Promise<Account | undefined> {
  return findAccount((candidate) => candidate === name);
}

async function findAccount(matches: (name: string, uid: number) => boolean): Promise<Account | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const line of passwd.split('\n')) {
    const [name = '', , uid, gid] = line.split(':');
    const account = { uid: Number(uid), gid: Number(gid) };
    if (account.uid > 0 && account.gid >= 0 && matches(name, account.uid)) return account;
  }
  return undefined;
}

async function createAccount(): Promise<Account> {
  const options = ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin'];
  const failure = await promisify(execFile)('useradd', [...options, OWN_ACCOUNT]).then(
    () => undefined,
    (error: unknown) => error,
  );
  // Even after a failure, because another process may have created the user at the same time.
  const account = await namedAccount(OWN_ACCOUNT);
  if (account) return account;
  throw new Error(
    `PostgreSQL refuses to run as root, and useradd could not create the user ${OWN_ACCOUNT}: ` +
      'run as an ordinary user, create that user or set DATABASE_URL',
    { cause: failure },
  );
}
