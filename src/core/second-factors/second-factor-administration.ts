import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { endConsoleSessions } from '../console-sessions/session-store.ts';
import { UserNotFound } from '../people/people-errors.ts';
import { findUserByName } from '../people/user-store.ts';
import * as store from './second-factor-store.ts';

export type { SecondFactor } from './second-factor-store.ts';

export type SecondFactorAdministration = ReturnType<typeof createSecondFactorAdministration>;

/** What administrators do for somebody who has lost a second factor. */
export function createSecondFactorAdministration(database: Database) {
  async function findId(userName: string): Promise<string> {
    const user = await findUserByName(database, userName);
    if (!user) throw new UserNotFound(userName);
    return user.id;
  }

  return {
    /** Oldest first. @throws UserNotFound */
    async list(userName: string): Promise<store.SecondFactor[]> {
      return store.listSecondFactors(database, await findId(userName));
    },

    /** Removes all, and ends the user's sessions in the console. @throws UserNotFound */
    async reset(userName: string, actor: Actor): Promise<void> {
      const userId = await findId(userName);
      await database.transaction(async (tx) => {
        const kinds = await store.deleteSecondFactorsOf(tx, userId);
        await endConsoleSessions(tx, userId, false);
        if (kinds.length === 0) return;
        await recordAct(tx, actor, {
          action: 'secondFactorRemoved',
          userId,
          details: { reset: true, kinds },
        });
      });
    },
  };
}
