import type { Database } from '../database/database.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused, PasswordRefused } from './people-errors.ts';
import { createSignInThrottle, type Origin } from './sign-in-throttle.ts';
import { type Account, findAccount, findCredentials } from './user-store.ts';

export type { Account } from './user-store.ts';

export interface SignedIn {
  /** The `sub` of everything issued for the user. */
  readonly userId: string;
  /** For the browser to keep and to send with its next sign-in; worth nothing else. */
  readonly browserMark: string;
}

export interface SignIn {
  /** @throws CredentialsRefused, TooManySignIns */
  signIn(name: string, password: string, origin: Origin): Promise<SignedIn>;
  /**
   * That it is really the user who asks, though they are signed in. Wrong passwords count like those of sign-ins.
   * @throws PasswordRefused, TooManySignIns
   */
  confirm(name: string, password: string, origin: Origin): Promise<void>;
  /** The user behind an id, unless disabled meanwhile. */
  findAccount(userId: string): Promise<Account | undefined>;
}

export function createSignIn(database: Database): SignIn {
  const throttle = createSignInThrottle(database.pool);

  /** @returns undefined when the name or the password is wrong */
  async function attempt(givenName: string, password: string, origin: Origin): Promise<SignedIn | undefined> {
    const name = givenName.normalize('NFKC').toLowerCase();
    const counted = await throttle.begin(name, origin);
    const credentials = await findCredentials(database, name);
    const matches = await passwordMatches(credentials?.passwordHash, password);
    if (!matches || !credentials) return undefined;
    return { userId: credentials.id, browserMark: await counted.succeeded() };
  }

  return {
    async signIn(name, password, origin) {
      const signedIn = await attempt(name, password, origin);
      if (!signedIn) throw new CredentialsRefused();
      return signedIn;
    },
    async confirm(name, password, origin) {
      if (!(await attempt(name, password, origin))) throw new PasswordRefused();
    },
    findAccount: (userId) => findAccount(database, userId),
  };
}
