import type { Database } from '../../platform/database/database.ts';
import { recordAct } from '../audit/audit-store.ts';
import { TooManySignIns } from './people-errors.ts';
import type { SignInOrigin } from './sign-in-throttle.ts';
import { findUserId } from './user-store.ts';

/** Records sign-ins in the audit log, without the entered name, because people sometimes type their password there. */
export interface SignInRecorder {
  recordSignIn(userId: string, origin: SignInOrigin): Promise<void>;
  recordSignOut(userId: string, ipAddress: string): Promise<void>;
  /** Records only the first throttled attempt, so that an attacker cannot flood the log. */
  recordRefusal(name: string, origin: SignInOrigin, error: unknown): Promise<void>;
}

export function createSignInRecorder(database: Database): SignInRecorder {
  return {
    recordSignIn: (userId, { ipAddress }) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedIn', userId }),

    recordSignOut: (userId, ipAddress) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedOut', userId }),

    async recordRefusal(name, { ipAddress }, error) {
      const tooMany = error instanceof TooManySignIns;
      if (tooMany && !error.first) return;
      const userId = await findUserId(database, name);
      await recordAct(
        database,
        { kind: 'unknown', ipAddress },
        {
          action: 'signInRefused',
          details: { reason: tooMany ? 'tooManyAttempts' : 'wrongCredentials' },
          ...(userId !== undefined && { userId }),
        },
      );
    },
  };
}
