import type { Database } from '../../platform/database/database.ts';
import { findCredentials, lockIfCurrent, type Proof } from './credentials-store.ts';
import { passwordMatches } from './password.ts';
import { CredentialsRefused, PasswordRefused, SignInRefused } from './people-errors.ts';
import { createSignInRecorder } from './sign-in-record.ts';
import { createSignInThrottle, type SignInOrigin } from './sign-in-throttle.ts';
import { type Account, findAccount } from './user-store.ts';

export type { Proof } from './credentials-store.ts';
export type { Account } from './user-store.ts';

/** `userId` is the `sub` of everything issued for the user. */
export interface SignedIn extends Proof {
  /** The browser sends this mark with its next sign-in. It grants nothing. */
  readonly browserMark: string;
}

export interface SignInTerms {
  /** Refuses other users as if the password were wrong. The console records successful sign-ins itself. */
  readonly administratorsOnly?: boolean;
}

export interface SignIn {
  /** @throws CredentialsRefused, TooManySignIns */
  signIn(name: string, password: string, origin: SignInOrigin, terms?: SignInTerms): Promise<SignedIn>;
  /**
   * Checks the password of a signed-in user again. Wrong passwords count like those of sign-ins.
   * @throws PasswordRefused, TooManySignIns
   */
  confirm(name: string, password: string, origin: SignInOrigin): Promise<Proof>;
  /**
   * Checks that the password was not replaced, and the user not disabled, since the proof was created. Call this after saving
   * the session: a later change ends saved sessions.
   * @throws CredentialsRefused
   */
  checkAgain(proof: Proof): Promise<void>;
  recordSignOut(userId: string, ipAddress: string): Promise<void>;
  /** @returns undefined for a disabled user */
  findAccount(userId: string): Promise<Account | undefined>;
}

export function createSignIn(database: Database): SignIn {
  const throttle = createSignInThrottle(database.pool);
  const recorder = createSignInRecorder(database);

  async function checkCredentials(
    givenName: string,
    password: string,
    origin: SignInOrigin,
    administratorsOnly: boolean,
  ): Promise<SignedIn> {
    const name = givenName.normalize('NFKC').toLowerCase();
    try {
      const attempt = await throttle.begin(name, origin);
      const credentials = await findCredentials(database, name);
      const matches = await passwordMatches(credentials?.passwordHash, password);
      const allowed = credentials?.administrator || !administratorsOnly;
      if (!matches || !credentials || !allowed) throw new CredentialsRefused();
      const { id: userId, passwordHash } = credentials;
      return { userId, passwordHash, browserMark: await attempt.succeed() };
    } catch (error) {
      if (error instanceof SignInRefused) await recorder.recordRefusal(name, origin, error);
      throw error;
    }
  }

  return {
    async signIn(name, password, origin, { administratorsOnly = false } = {}) {
      const signedIn = await checkCredentials(name, password, origin, administratorsOnly);
      if (!administratorsOnly) await recorder.recordSignIn(signedIn.userId, origin);
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
    recordSignOut: recorder.recordSignOut,
    findAccount: (userId) => findAccount(database, userId),
  };
}
