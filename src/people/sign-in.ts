import type { Database } from '../database/database.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused, PasswordRefused, SignInRefused } from './people-errors.ts';
import { createSignInRecord } from './sign-in-record.ts';
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
  /** Anybody else is refused as if the password were wrong, and counted so. The console records who it lets in itself. */
  readonly administratorsOnly?: boolean;
}

export interface SignIn {
  /** @throws CredentialsRefused, TooManySignIns */
  signIn(name: string, password: string, origin: Origin, terms?: SignInTerms): Promise<SignedIn>;
  /**
   * That it is really the user who asks, though they are signed in. Wrong passwords count like those of sign-ins.
   * @throws PasswordRefused, TooManySignIns
   */
  confirm(name: string, password: string, origin: Origin): Promise<void>;
  /** Records that somebody has signed out. */
  signedOut(userId: string, ipAddress: string): Promise<void>;
  /** The user behind an id, unless disabled meanwhile. */
  findAccount(userId: string): Promise<Account | undefined>;
}

export function createSignIn(database: Database): SignIn {
  const throttle = createSignInThrottle(database.pool);
  const record = createSignInRecord(database);

  async function checkCredentials(
    givenName: string,
    password: string,
    origin: Origin,
    administratorsOnly: boolean,
  ): Promise<SignedIn> {
    const name = givenName.normalize('NFKC').toLowerCase();
    try {
      const attempt = await throttle.begin(name, origin);
      const credentials = await findCredentials(database, name);
      const matches = await passwordMatches(credentials?.passwordHash, password);
      const welcome = credentials?.administrator || !administratorsOnly;
      if (!matches || !credentials || !welcome) throw new CredentialsRefused();
      return { userId: credentials.id, browserMark: await attempt.succeeded() };
    } catch (error) {
      if (error instanceof SignInRefused) await record.refused(name, origin, error);
      throw error;
    }
  }

  return {
    async signIn(name, password, origin, { administratorsOnly = false } = {}) {
      const signedIn = await checkCredentials(name, password, origin, administratorsOnly);
      if (!administratorsOnly) await record.signedIn(signedIn.userId, origin);
      return signedIn;
    },
    async confirm(name, password, origin) {
      try {
        await checkCredentials(name, password, origin, false);
      } catch (error) {
        throw error instanceof CredentialsRefused ? new PasswordRefused() : error;
      }
    },
    signedOut: record.signedOut,
    findAccount: (userId) => findAccount(database, userId),
  };
}
