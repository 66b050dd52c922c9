import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockIfCurrent, type Proof } from './credentials-store.ts';
import { hashPassword } from './password.ts';
import { PasswordRefused, UserNotFound } from './people-errors.ts';
import * as store from './user-store.ts';

/** Length in characters of a password that a user chooses. */
export const OWN_PASSWORD_LENGTHS = { min: 8, max: 1024 };

/** A user's own account. The caller must have authenticated the user. */
export interface OwnAccountService {
  /** @throws UserNotFound */
  find(userId: string): Promise<store.User>;
  /** Ends all sessions and tokens of the user. @throws InvalidInput, PasswordRefused */
  changePassword(proof: Proof, password: string, actor: Actor): Promise<Proof>;
  /** Ends the sessions in all browsers. Grants and tokens of applications stay. */
  signOutEverywhere(userId: string, actor: Actor): Promise<void>;
}

export function createOwnAccountService(database: Database): OwnAccountService {
  return {
    async find(userId) {
      const user = await store.findUserById(database, userId);
      if (!user) throw new UserNotFound(userId);
      return user;
    },

    async changePassword(proof, password, actor) {
      const { userId } = proof;
      const { min, max } = OWN_PASSWORD_LENGTHS;
      if (password.length < min || password.length > max) {
        throw new InvalidInput('new_password', `The new password must have ${min} to ${max} characters.`);
      }
      const passwordHash = await hashPassword(password);
      await database.transaction(async (tx) => {
        if (!(await lockIfCurrent(tx, proof))) throw new PasswordRefused();
        await store.updatePassword(tx, userId, passwordHash);
        await store.endSessionsAndTokens(tx, userId);
        await recordAct(tx, actor, { action: 'passwordChanged', userId });
      });
      return { userId, passwordHash };
    },

    async signOutEverywhere(userId, actor) {
      await database.transaction(async (tx) => {
        await store.endSessions(tx, userId);
        await recordAct(tx, actor, { action: 'signedOutEverywhere', userId });
      });
    },
  };
}
