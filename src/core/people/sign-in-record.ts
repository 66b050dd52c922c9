import type { Database } from '../../platform/database/database.ts';
import { recordAct } from '../audit/audit-store.ts';
import { TooManySignIns } from './people-errors.ts';
import type { Origin } from './sign-in-throttle.ts';
import { findUserId } from './user-store.ts';

/** Records sign-ins in the audit log, without the given name, because people sometimes type their password there. */
export function createSignInRecorder(database: Database) {
  return {
    recordSignIn: (userId: string, { ipAddress }: Origin) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedIn', userId }),

    recordSignOut: (userId: string, ipAddress: string) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedOut', userId }),

    /** Records only the first throttled attempt, so that an attacker cannot flood the log. */
    async recordRefusal(name: string, { ipAddress }: Origin, error: unknown): Promise<void> {
      const tooMany = error instanceof TooManySignIns;
      if (tooMany && !error.first) return;
      const userId = await findUserId(database, name);
      await recordAct(
        database,
        { kind: 'nobody', ipAddress },
        {
          action: 'signInRefused',
          details: { reason: tooMany ? 'tooManyAttempts' : 'wrongCredentials' },
          ...(userId !== undefined && { userId }),
        },
      );
    },
  };
}
