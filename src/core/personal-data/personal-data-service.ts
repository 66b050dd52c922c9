import type { Database } from '../../platform/database/database.ts';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { CannotDisableSelf, UserNotFound } from '../people/people-errors.ts';
import { findUserByName, lockUser } from '../people/user-store.ts';
import { stripCallsOf } from './erasure.ts';
import { anonymiseUser } from './erasure-store.ts';
import { exportPerson } from './person-export.ts';

/** How long a request strips calls before it leaves the rest to the periodic job. */
const STRIP_TIMEOUT_MS = 2_000;

/** The rights of users over their data (GDPR articles 15, 17 and 20). */
export interface PersonalDataService {
  /** Returns all data about a user as one JSON document, in chunks. @throws UserNotFound */
  exportPerson(name: string, actor: Actor): Promise<AsyncIterable<string>>;
  /**
   * Ends the user's calls and grants and deletes everything that identifies the user; the calls stay, stripped. Calls that
   * cannot be stripped within two seconds, or because the database becomes unavailable, are stripped in the background.
   * @throws UserNotFound, CannotDisableSelf
   */
  erasePerson(name: string, actor: Actor): Promise<void>;
}

export function createPersonalDataService(database: Database): PersonalDataService {
  return {
    async exportPerson(name, actor) {
      const user = await findUserByName(database, name);
      if (!user) throw new UserNotFound(name);
      await recordAct(database, actor, { action: 'userExported', userId: user.id });
      return exportPerson(database, user);
    },

    async erasePerson(name, actor) {
      const userId = await database.transaction(async (tx) => {
        const user = (await lockUser(tx, name)) && (await findUserByName(tx, name));
        if (!user) throw new UserNotFound(name);
        if (user.id === actor.userId) throw new CannotDisableSelf('erase');
        await anonymiseUser(tx, user.id);
        await recordAct(tx, actor, { action: 'userErased', userId: user.id });
        return user.id;
      });
      const timeout = AbortSignal.timeout(STRIP_TIMEOUT_MS);
      await stripCallsOf(database, userId, timeout).catch((error) => {
        if (!(error instanceof DatabaseUnavailable)) throw error;
      });
    },
  };
}
