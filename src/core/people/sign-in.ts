import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { findCredentials, lockIfCurrent, type Proof } from './credentials-store.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { CredentialsRefused, PasswordRefused, SignInRefused } from './people-errors.ts';
import { createSignInRecorder } from './sign-in-record.ts';
import { createSignInThrottle, type SignInOrigin } from './sign-in-throttle.ts';
import { findAccount, type SignedInAccount } from './user-store.ts';

export type { Proof } from './credentials-store.ts';

/** `userId` is the `sub` of everything issued for the user. */
export interface SignedIn extends Proof {
  /** The browser sends this mark with its next sign-in. It grants nothing. */
  readonly browserMark: string;
  /** Someone else set the password, and the user must choose a new one. */
  readonly passwordChangeRequired: boolean;
}

export interface SignInTerms {
  /** Refuses other users as if the password were wrong. */
  readonly administratorsOnly?: boolean;
}

export interface SignIn {
  /**
   * Checks the name and the password. The caller records the sign-in, and begins the session.
   * @throws CredentialsRefused, TooManySignIns, PasswordHashingBusy
   */
  signIn(name: string, password: string, origin: SignInOrigin, terms?: SignInTerms): Promise<SignedIn>;
  /**
   * Checks the password of a signed-in user again. Wrong passwords count like those of sign-ins.
   * @throws PasswordRefused, TooManySignIns, PasswordHashingBusy
   */
  confirm(name: string, password: string, origin: SignInOrigin): Promise<Proof>;
  /**
   * Checks that the password was not replaced, and the user not disabled, since the proof was created. Call this after saving
   * the session: a later change ends saved sessions.
   * @throws CredentialsRefused
   */
  checkAgain(proof: Proof): Promise<void>;
  recordSignIn(userId: string, ipAddress: string): Promise<void>;
  /** @param clientId the application that asked for it */
  recordSignOut(userId: string, ipAddress: string, clientId?: string): Promise<void>;
  /** @returns undefined for a disabled user */
  findAccount(userId: string): Promise<SignedInAccount | undefined>;
}

export interface SignInDeps {
  readonly database: Database;
  readonly hasher: PasswordHasher;
  readonly log: Pick<Logger, 'warn'>;
}

export function createSignIn({ database, hasher, log }: SignInDeps): SignIn {
  const throttle = createSignInThrottle(database);
  const recorder = createSignInRecorder(database, log);

  async function signIn(
    name: string,
    password: string,
    origin: SignInOrigin,
    { administratorsOnly = false }: SignInTerms = {},
  ): Promise<SignedIn> {
    const probableKey = name.normalize('NFKC').toLowerCase();
    return hasher.admit(throttle.askerOf(probableKey, origin), async ({ matches }) => {
      try {
        const credentials = await findCredentials(database, name);
        const attempt = await throttle.begin(credentials?.nameKey ?? probableKey, origin);
        const right = await matches(credentials?.passwordHash, password);
        if (!right || !credentials || (administratorsOnly && !credentials.administrator)) {
          if (attempt.lastFree) await recorder.recordThrottling(name, origin);
          throw new CredentialsRefused();
        }
        const { id: userId, passwordHash, passwordChangeRequired } = credentials;
        return { userId, passwordHash, passwordChangeRequired, browserMark: await attempt.succeed() };
      } catch (error) {
        if (error instanceof SignInRefused) await recorder.recordRefusal(name, origin, error);
        throw error;
      }
    });
  }

  return {
    signIn,
    async confirm(name, password, origin) {
      try {
        return await signIn(name, password, origin);
      } catch (error) {
        throw error instanceof CredentialsRefused ? new PasswordRefused() : error;
      }
    },
    async checkAgain(proof) {
      if (!(await lockIfCurrent(database, proof))) throw new CredentialsRefused();
    },
    recordSignIn: recorder.recordSignIn,
    recordSignOut: recorder.recordSignOut,
    findAccount: (userId) => findAccount(database, userId),
  };
}
