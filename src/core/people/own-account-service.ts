import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { lockIfCurrent, type Proof } from './credentials-store.ts';
import { hashPassword } from './password.ts';
import { PasswordRefused, UserNotFound } from './people-errors.ts';
import * as store from './user-store.ts';

/** Of a password that somebody chooses for themselves. */
export const OWN_PASSWORD_LENGTHS = { least: 8, most: 1024 };

export type OwnAccountService = ReturnType<typeof createOwnAccountService>;

/** What people see and do of their own account; whoever calls this has made sure that it is theirs. */
export function createOwnAccountService(database: Database) {
  return {
    /** @throws UserNotFound when removed meanwhile */
    async find(userId: string): Promise<store.User> {
      const user = await store.findUserById(database, userId);
      if (!user) throw new UserNotFound(userId);
      return user;
    },

    /** Whoever was signed in, or held a token, by the old password no longer does. @throws InvalidInput, PasswordRefused */
    async changePassword(proof: Proof, password: string, actor: Actor): Promise<Proof> {
      const { userId } = proof;
      const { least, most } = OWN_PASSWORD_LENGTHS;
      if (password.length < least || password.length > most) {
        throw new InvalidInput('new_password', `The new password must have ${least} to ${most} characters.`);
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

    /** In every browser. What was allowed to applications stays allowed. */
    async signOutEverywhere(userId: string, actor: Actor): Promise<void> {
      await database.transaction(async (tx) => {
        await store.endSessions(tx, userId);
        await recordAct(tx, actor, { action: 'signedOutEverywhere', userId });
      });
    },
  };
}
