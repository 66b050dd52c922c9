import type { Database } from '../../platform/database/database.ts';
import { findCredentials, lockIfCurrent, type Proof } from './credentials-store.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused, PasswordRefused, SignInRefused } from './people-errors.ts';
import { createSignInRecord } from './sign-in-record.ts';
import { createSignInThrottle, type Origin } from './sign-in-throttle.ts';
import { type Account, findAccount } from './user-store.ts';

export type { Proof } from './credentials-store.ts';
export type { Account } from './user-store.ts';

/** Its `userId` is the `sub` of everything issued for the user. */
export interface SignedIn extends Proof {
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
  confirm(name: string, password: string, origin: Origin): Promise<Proof>;
  /**
   * That the password has not been replaced, nor the user disabled, since it was checked; what is saved by now ends with a
   * later change.
   * @throws CredentialsRefused
   */
  checkAgain(proof: Proof): Promise<void>;
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
      const { id: userId, passwordHash } = credentials;
      return { userId, passwordHash, browserMark: await attempt.succeeded() };
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
        return await checkCredentials(name, password, origin, false);
      } catch (error) {
        throw error instanceof CredentialsRefused ? new PasswordRefused() : error;
      }
    },
    async checkAgain(proof) {
      if (!(await lockIfCurrent(database, proof))) throw new CredentialsRefused();
    },
    signedOut: record.signedOut,
    findAccount: (userId) => findAccount(database, userId),
  };
}
