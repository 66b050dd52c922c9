import type { Database } from '../database/database.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused } from './people-errors.ts';
import { createSignInThrottle, type Origin } from './sign-in-throttle.ts';
import { type Account, findAccount, findCredentials } from './user-store.ts';

export type { Account } from './user-store.ts';

export interface SignedIn {
  /** The `sub` of everything issued for the user. */
  readonly userId: string;
  /** For the browser to keep and to send with its next sign-in; worth nothing else. */
  readonly browserMark: string;
}

export interface SignInTerms {
  /** Anybody else is refused as if the password were wrong, and counted so. */
  readonly administratorsOnly?: boolean;
}

export interface SignIn {
  /** @throws CredentialsRefused, TooManySignIns */
  signIn(name: string, password: string, origin: Origin, terms?: SignInTerms): Promise<SignedIn>;
  /** The user behind an id, unless disabled meanwhile. */
  findAccount(userId: string): Promise<Account | undefined>;
}

export function createSignIn(database: Database): SignIn {
  const throttle = createSignInThrottle(database.pool);
  return {
    async signIn(givenName, password, origin, { administratorsOnly = false } = {}) {
      const name = givenName.normalize('NFKC').toLowerCase();
      const attempt = await throttle.begin(name, origin);
      const credentials = await findCredentials(database, name);
      const matches = await passwordMatches(credentials?.passwordHash, password);
      const welcome = credentials?.administrator || !administratorsOnly;
      if (!matches || !credentials || !welcome) throw new CredentialsRefused();
      return { userId: credentials.id, browserMark: await attempt.succeeded() };
    },
    findAccount: (userId) => findAccount(database, userId),
  };
}
