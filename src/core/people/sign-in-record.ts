import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import { recordAct } from '../audit/audit-store.ts';
import { TooManySignIns } from './people-errors.ts';
import type { SignInOrigin } from './sign-in-throttle.ts';
import { findUserId } from './user-store.ts';

/** Records sign-ins in the audit log, without the entered name, because people sometimes type their password there. */
export interface SignInRecorder {
  recordSignIn(userId: string, ipAddress: string): Promise<void>;
  /** @param clientId the application that asked for it */
  recordSignOut(userId: string, ipAddress: string, clientId?: string): Promise<void>;
  /** Records only the first throttled attempt, so that an attacker cannot flood the log. */
  recordRefusal(name: string, origin: SignInOrigin, error: unknown): Promise<void>;
  /** Records that from now on the name gets one attempt a minute from unknown browsers. */
  recordThrottling(name: string, origin: SignInOrigin): Promise<void>;
}

export function createSignInRecorder(database: Database, log: Pick<Logger, 'warn'>): SignInRecorder {
  return {
    recordSignIn: (userId, ipAddress) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedIn', userId }),

    recordSignOut: (userId, ipAddress, clientId) =>
      recordAct(
        database,
        { kind: 'user', userId, ipAddress },
        { action: 'signedOut', userId, ...(clientId !== undefined && { clientId }) },
      ),

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

    async recordThrottling(name, { ipAddress }) {
      const userId = await findUserId(database, name);
      log.warn(
        { userId, ipAddress },
        'sign-in: a user name got too many wrong passwords in a row; throttling it',
      );
      const concerned = userId === undefined ? {} : { userId };
      await recordAct(database, { kind: 'unknown', ipAddress }, { action: 'signInThrottled', ...concerned });
    },
  };
}
