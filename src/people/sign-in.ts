import type { Database } from '../database/database.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused } from './people-errors.ts';
import { createSignInThrottle } from './sign-in-throttle.ts';
import { type Account, findAccount, findCredentials } from './user-store.ts';

export type { Account } from './user-store.ts';

export interface SignIn {
  /**
   * @param address the client's IP address, for throttling
   * @returns the user's id, the `sub` of everything issued for them
   * @throws CredentialsRefused, TooManySignIns
   */
  signIn(name: string, password: string, address: string): Promise<string>;
  /** The user behind an id, unless disabled meanwhile. */
  findAccount(userId: string): Promise<Account | undefined>;
}

export function createSignIn(database: Database): SignIn {
  const throttle = createSignInThrottle(database.pool);
  return {
    async signIn(name, password, address) {
      const attempt = await throttle.begin(name, address);
      const credentials = await findCredentials(database, name);
      if (!(await passwordMatches(credentials?.passwordHash, password)) || !credentials)
        throw new CredentialsRefused();
      await attempt.succeeded();
      return credentials.id;
    },
    findAccount: (userId) => findAccount(database, userId),
  };
}
