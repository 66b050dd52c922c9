import type { Database } from '../../platform/database/database.ts';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { CannotDisableSelf, UserNotFound } from '../people/people-errors.ts';
import { findUserByName, lockUser } from '../people/user-store.ts';
import { stripCallsOf } from './erasure.ts';
import { anonymiseUser } from './erasure-store.ts';
import { exportPerson } from './person-export.ts';

/** Somebody waits for the answer. */
const STRIPPED_AT_ONCE_MS = 2_000;

export interface PersonalDataService {
  /** Everything that is kept about a person, as one JSON document, a piece at a time. @throws UserNotFound */
  exportPerson(name: string, actor: Actor): Promise<AsyncIterable<string>>;
  /**
   * Ends the person's calls and permissions and removes what names them; the record that there were calls stays. Calls
   * that cannot be stripped within two seconds, or because the database goes away, are stripped in the background.
   * @throws UserNotFound, CannotDisableSelf
   */
  erasePerson(name: string, actor: Actor): Promise<void>;
}

/** What a person may ask of whoever keeps their data (GDPR articles 15, 17 and 20). */
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
      const enough = AbortSignal.timeout(STRIPPED_AT_ONCE_MS);
      await stripCallsOf(database, userId, enough).catch((error) => {
        if (!(error instanceof DatabaseUnavailable)) throw error;
      });
    },
  };
}
