import type { Database } from '../../platform/database/database.ts';
import { recordAct } from '../audit/audit-store.ts';
import { TooManySignIns } from './people-errors.ts';
import type { Origin } from './sign-in-throttle.ts';
import { findUserId } from './user-store.ts';

/** What the audit log is told of sign-ins: never the name that was given, since people type passwords there, too. */
export function createSignInRecord(database: Database) {
  return {
    signedIn: (userId: string, { ipAddress }: Origin) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedIn', userId }),

    signedOut: (userId: string, ipAddress: string) =>
      recordAct(database, { kind: 'user', userId, ipAddress }, { action: 'signedOut', userId }),

    /** Of those refused for being too many only the first, or whoever keeps trying would flood the log. */
    async refused(name: string, { ipAddress }: Origin, error: unknown): Promise<void> {
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
