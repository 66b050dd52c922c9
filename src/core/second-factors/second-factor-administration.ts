import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { endConsoleSessions } from '../console-sessions/session-store.ts';
import { UserNotFound } from '../people/people-errors.ts';
import { findUserByName } from '../people/user-store.ts';
import * as store from './second-factor-store.ts';

export { SECOND_FACTOR_KINDS, type SecondFactor } from './second-factor-store.ts';

/** Lets administrators help a user who has lost a second factor. */
export interface SecondFactorAdministration {
  /** Oldest first. @throws UserNotFound */
  list(userName: string): Promise<store.SecondFactor[]>;
  /** Removes all second factors, and ends the user's console sessions. @throws UserNotFound */
  reset(userName: string, actor: Actor): Promise<void>;
}

export function createSecondFactorAdministration(database: Database): SecondFactorAdministration {
  async function findId(userName: string): Promise<string> {
    const user = await findUserByName(database, userName);
    if (!user) throw new UserNotFound(userName);
    return user.id;
  }

  return {
    async list(userName) {
      return store.listSecondFactors(database, await findId(userName));
    },

    async reset(userName, actor) {
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
