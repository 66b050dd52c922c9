import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { findCredentialsById, lockIfCurrent, type Proof } from './credentials-store.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { checkNewPassword } from './password-rules.ts';
import { PasswordRefused, UserNotFound } from './people-errors.ts';
import * as store from './user-store.ts';

/** A new password, as a person enters it. */
export interface NewPassword {
  readonly password: string;
  /** The same again, against typing errors; programs may leave it out. */
  readonly repeated?: string | undefined;
}

/** A user's own account. The caller must have authenticated the user. */
export interface OwnAccountService {
  /** @throws UserNotFound */
  find(userId: string): Promise<store.User>;
  /**
   * Ends all sessions and tokens of the user. The user need not change the password any more.
   * @throws InvalidInput for `new_password` or `repeat_password`, PasswordRefused, PasswordHashingBusy
   */
  changePassword(proof: Proof, chosen: NewPassword, actor: Actor): Promise<Proof>;
  /** Ends the sessions in all browsers. Grants and tokens of applications stay. */
  signOutEverywhere(userId: string, actor: Actor): Promise<void>;
}

export function createOwnAccountService(database: Database, hasher: PasswordHasher): OwnAccountService {
  return {
    async find(userId) {
      const user = await store.findUserById(database, userId);
      if (!user) throw new UserNotFound(userId);
      return user;
    },

    async changePassword(proof, { password, repeated }, actor) {
      const { userId } = proof;
      if (repeated !== undefined && repeated !== password)
        throw new InvalidInput('repeat_password', 'The two new passwords differ. Enter the same one twice.');
      const passwordHash = await hasher.admit({ kind: 'person', id: userId }, async ({ matches, hash }) => {
        const user = await findCredentialsById(database, userId);
        if (!user) throw new PasswordRefused();
        await checkNewPassword(password, user.name, 'new_password');
        if (await matches(proof.passwordHash, password))
          throw new InvalidInput('new_password', 'The new password must differ from the current one.');
        return hash(password);
      });
      await database.transaction(async (tx) => {
        if (!(await lockIfCurrent(tx, proof))) throw new PasswordRefused();
        await store.updatePassword(tx, userId, { passwordHash, changeRequired: false });
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
