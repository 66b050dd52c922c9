import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/** A user of the operating system, by its numbers. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const OWN_ACCOUNT = 'clicktocall';

/**
 * Whom PostgreSQL has to run as, because it refuses the superuser: the owner of an existing `folder`, else the user
 * `postgres`, else a system user that is created here. Undefined when this process is no superuser: as itself.
 *
 * @throws Error when no such user exists and none can be created.
 */
export async function databaseAccount(folder: string): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const found = await stat(folder).catch(() => undefined);
  if (found && found.uid !== 0) {
    return (await findAccount((_, uid) => uid === found.uid)) ?? { uid: found.uid, gid: found.gid };
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
  // Looked up even after a failure: another first start may have created it at the same time.
  const account = await namedAccount(OWN_ACCOUNT);
  if (account) return account;
  throw new Error(
    `PostgreSQL refuses to run as the superuser, and useradd could not create the user ${OWN_ACCOUNT}: ` +
      'run as an ordinary user, create that user or set DATABASE_URL',
    { cause: failure },
  );
}
