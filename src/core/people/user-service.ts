import type { CountryCode } from 'libphonenumber-js/max';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../platform/database/paging.ts';
import type { Act } from '../audit/act.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { administratorOf } from './hashing-places.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { checkNewPassword } from './password-rules.ts';
import { CannotDisableSelf, UserExists, UserNotFound } from './people-errors.ts';
import { readSipAddress } from './sip-address.ts';
import { checkLimit, checkName, readNumbers, USER_NAME } from './user-input.ts';
import * as store from './user-store.ts';

export type { User } from './user-store.ts';

const USERS_BY_NAME = orderedByKey<store.User>(USER_NAME, ({ name }) => name);

export interface UserToAdd {
  readonly name: string;
  readonly password: string;
  readonly administrator?: boolean;
  readonly maxOngoingCalls: number;
  readonly numbers?: readonly string[];
  /** SIP URI of the user's phone. */
  readonly sipAddress?: string | null | undefined;
  /** A demo user may have any password. */
  readonly demo?: boolean;
  /** Whether the user must choose another password at the first sign-in. */
  readonly passwordChangeRequired?: boolean;
}

/** A password that an administrator sets for a user. */
export interface GivenPassword {
  readonly password: string;
  /** Whether the user must choose another one at the next sign-in. */
  readonly changeRequired?: boolean | undefined;
}

/** Lets administrators manage users. Names are unique and case-insensitive. */
export interface UserService {
  /** @throws UserNotFound */
  findUser(name: string): Promise<store.User>;
  /** By name. @param prefix start of the names, case-insensitive. @throws InvalidInput for an invalid page token */
  listUsers(page: PageRequest, prefix?: string): Promise<ListPage<store.User>>;
  /** @throws UserExists, InvalidInput, PasswordHashingBusy */
  addUser(user: UserToAdd, actor: Actor): Promise<store.User>;
  /** Applies to new calls; ongoing calls stay. @throws UserNotFound, InvalidInput */
  setLimit(name: string, maxOngoingCalls: number, actor: Actor): Promise<store.User>;
  /** Ends all sessions and tokens of the user. @throws UserNotFound, InvalidInput, PasswordHashingBusy */
  setPassword(name: string, given: GivenPassword, actor: Actor): Promise<store.User>;
  /**
   * A disabled user can neither sign in nor place calls. Sessions, tokens and ongoing calls end (user_disabled in
   * database/functions/). Administrators cannot disable themselves, so at least one administrator stays.
   * @throws UserNotFound, CannotDisableSelf
   */
  setDisabled(name: string, disabled: boolean, actor: Actor): Promise<store.User>;
  /** The first number becomes the default. The list may be empty. @throws UserNotFound, InvalidInput */
  setNumbers(name: string, numbers: readonly string[], actor: Actor): Promise<store.User>;
  /**
   * Applies to new calls.
   * @param address null: the server's configuration applies
   * @throws UserNotFound, InvalidInput
   */
  setSipAddress(name: string, address: string | null, actor: Actor): Promise<store.User>;
}

export function createUserService(
  database: Database,
  country: CountryCode | undefined,
  hasher = createPasswordHasher(),
): UserService {
  async function findUser(name: string): Promise<store.User> {
    const user = await store.findUserByName(database, name);
    if (!user) throw new UserNotFound(name);
    return user;
  }

  /** Records the act in the same transaction; nothing is recorded if `work` changes nothing. */
  async function changeUser(
    name: string,
    actor: Actor,
    work: (tx: Queryable, user: store.User) => Promise<Act | undefined>,
  ): Promise<store.User> {
    await database.transaction(async (tx) => {
      const user = (await store.lockUser(tx, name)) && (await store.findUserByName(tx, name));
      if (!user) throw new UserNotFound(name);
      const act = await work(tx, user);
      if (act) await recordAct(tx, actor, { ...act, userId: user.id });
    });
    return findUser(name);
  }

  return {
    findUser,

    async listUsers({ size, token }, prefix) {
      const after = USERS_BY_NAME.readPageToken(token);
      return USERS_BY_NAME.pageOf(await store.listUsers(database, after ?? '', size + 1, prefix), size);
    },

    async addUser(user, actor) {
      checkName(user.name);
      checkLimit(user.maxOngoingCalls);
      const numbers = readNumbers(user.numbers ?? [], country);
      const sipAddress = user.sipAddress == null ? null : readSipAddress(user.sipAddress);
      const { name, maxOngoingCalls, administrator = false, demo = false } = user;
      const { passwordChangeRequired = false } = user;
      if (!demo) await checkNewPassword(user.password, name, 'password');
      const passwordHash = await hasher.admit(administratorOf(actor), ({ hash }) => hash(user.password));
      await database.transaction(async (tx) => {
        const userId = await store.insertUser(tx, {
          name,
          passwordHash,
          passwordChangeRequired,
          administrator,
          maxOngoingCalls,
          sipAddress,
          demo,
        });
        if (userId === undefined) throw new UserExists(name);
        await store.replaceNumbers(tx, userId, numbers);
        const details = {
          administrator,
          limit: maxOngoingCalls,
          numbers: numbers.length,
          ...(sipAddress !== null && { sipAddress: true }),
          ...(passwordChangeRequired && { passwordChangeRequired }),
        };
        await recordAct(tx, actor, { action: 'userAdded', userId, details });
      });
      return findUser(name);
    },

    async setLimit(name, maxOngoingCalls, actor) {
      checkLimit(maxOngoingCalls);
      return changeUser(name, actor, async (tx, user) => {
        if (user.maxOngoingCalls === maxOngoingCalls) return undefined;
        await store.updateLimit(tx, user.id, maxOngoingCalls);
        const details = { from: user.maxOngoingCalls, to: maxOngoingCalls };
        return { action: 'userLimitChanged', details };
      });
    },

    async setPassword(name, { password, changeRequired = false }, actor) {
      await checkNewPassword(password, name, 'password');
      const passwordHash = await hasher.admit(administratorOf(actor), ({ hash }) => hash(password));
      return changeUser(name, actor, async (tx, user) => {
        await store.updatePassword(tx, user.id, { passwordHash, changeRequired });
        await store.endSessionsAndTokens(tx, user.id);
        return { action: 'userPasswordReset', ...(changeRequired && { details: { changeRequired } }) };
      });
    },

    setDisabled: (name, disabled, actor) =>
      changeUser(name, actor, async (tx, user) => {
        if (disabled && user.id === actor.userId) throw new CannotDisableSelf();
        if (user.disabled === disabled) return undefined;
        await store.updateDisabled(tx, user.id, disabled);
        return { action: disabled ? 'userDisabled' : 'userEnabled' };
      }),

    async setNumbers(name, numbers, actor) {
      const newNumbers = readNumbers(numbers, country);
      const { id: userId, numbers: oldNumbers } = await findUser(name);
      const details = { from: oldNumbers.length, to: newNumbers.length };
      // Does not lock the user, so that calls that wait for the lock see the new numbers.
      await database.transaction(async (tx) => {
        await store.replaceNumbers(tx, userId, newNumbers);
        await recordAct(tx, actor, { action: 'userNumbersChanged', userId, details });
      });
      return findUser(name);
    },

    async setSipAddress(name, address, actor) {
      const sipAddress = address === null ? null : readSipAddress(address);
      return changeUser(name, actor, async (tx, user) => {
        if (user.sipAddress === sipAddress) return undefined;
        await store.updateSipAddress(tx, user.id, sipAddress);
        return { action: 'userSipAddressChanged', details: { set: sipAddress !== null } };
      });
    },
  };
}
