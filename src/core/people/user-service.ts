import type { CountryCode } from 'libphonenumber-js/max';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { type ListPage, orderedByKey, type PageRequest } from '../../platform/database/paging.ts';
import type { Act } from '../audit/act.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { CannotDisableSelf, UserExists, UserNotFound } from './people-errors.ts';
import { readSipAddress } from './sip-address.ts';
import { checkLimit, checkName, hashNewPassword, readNumbers, USER_NAME } from './user-input.ts';
import * as store from './user-store.ts';

export type { User } from './user-store.ts';

const USERS_BY_NAME = orderedByKey<store.User>(USER_NAME, ({ name }) => name);

export interface AddedUser {
  readonly name: string;
  readonly password: string;
  readonly administrator?: boolean;
  readonly maxOngoingCalls: number;
  readonly numbers?: readonly string[];
  /** Where the user's own phone rings, as a SIP URI. */
  readonly sipAddress?: string | null | undefined;
  readonly demo?: boolean;
}

export type UserService = ReturnType<typeof createUserService>;

/** What administrators do with users. Names are unique without regard to case. */
export function createUserService(database: Database, country: CountryCode | undefined) {
  async function findUser(name: string): Promise<store.User> {
    const user = await store.findUserByName(database, name);
    if (!user) throw new UserNotFound(name);
    return user;
  }

  /** Nothing of it happens without its record, and there is none when `work` finds nothing to change. */
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

    /** By name. @param prefix what their names begin with, without regard to case. @throws InvalidInput for the page token */
    async listUsers({ size, token }: PageRequest, prefix?: string): Promise<ListPage<store.User>> {
      const after = USERS_BY_NAME.readPageToken(token);
      return USERS_BY_NAME.pageOf(await store.listUsers(database, after ?? '', size + 1, prefix), size);
    },

    /** @throws UserExists, InvalidInput */
    async addUser(added: AddedUser, actor: Actor): Promise<store.User> {
      checkName(added.name);
      checkLimit(added.maxOngoingCalls);
      const numbers = readNumbers(added.numbers ?? [], country);
      const sipAddress = added.sipAddress == null ? null : readSipAddress(added.sipAddress);
      const passwordHash = await hashNewPassword(added.password);
      const { name, maxOngoingCalls, administrator = false, demo = false } = added;
      await database.transaction(async (tx) => {
        const userId = await store.insertUser(tx, {
          name,
          passwordHash,
          administrator,
          maxOngoingCalls,
          sipAddress,
          demo,
        });
        if (userId === undefined) throw new UserExists(name);
        await store.replaceNumbers(tx, userId, numbers);
        const details = {
          ...{ administrator, limit: maxOngoingCalls, numbers: numbers.length },
          ...(sipAddress !== null && { sipAddress: true }),
        };
        await recordAct(tx, actor, { action: 'userAdded', userId, details });
      });
      return findUser(name);
    },

    /** Takes effect on the next open; ongoing calls stay. @throws UserNotFound, InvalidInput */
    async setLimit(name: string, maxOngoingCalls: number, actor: Actor): Promise<store.User> {
      checkLimit(maxOngoingCalls);
      return changeUser(name, actor, async (tx, user) => {
        if (user.maxOngoingCalls === maxOngoingCalls) return undefined;
        await store.updateLimit(tx, user.id, maxOngoingCalls);
        const details = { from: user.maxOngoingCalls, to: maxOngoingCalls };
        return { action: 'userLimitChanged', details };
      });
    },

    /** Whoever was signed in, or held a token, by the old one no longer does. @throws UserNotFound, InvalidInput */
    async setPassword(name: string, password: string, actor: Actor): Promise<void> {
      const passwordHash = await hashNewPassword(password);
      await changeUser(name, actor, async (tx, user) => {
        await store.updatePassword(tx, user.id, passwordHash);
        await store.endSessionsAndTokens(tx, user.id);
        return { action: 'userPasswordReset' };
      });
    },

    /**
     * A disabled user can neither sign in nor open calls; sessions, tokens and ongoing calls end (user_disabled in
     * database/functions/). Nobody disables themself: the last administrator would lock everybody out.
     * @throws UserNotFound, CannotDisableSelf
     */
    setDisabled: (name: string, disabled: boolean, actor: Actor): Promise<store.User> =>
      changeUser(name, actor, async (tx, user) => {
        if (disabled && user.id === actor.userId) throw new CannotDisableSelf();
        if (user.disabled === disabled) return undefined;
        await store.updateDisabled(tx, user.id, disabled);
        return { action: disabled ? 'userDisabled' : 'userEnabled' };
      }),

    /** The first number becomes the default; none at all is allowed. @throws UserNotFound, InvalidInput */
    async setNumbers(name: string, numbers: readonly string[], actor: Actor): Promise<store.User> {
      const read = readNumbers(numbers, country);
      const { id: userId, numbers: former } = await findUser(name);
      const details = { from: former.length, to: read.length };
      // Without the user's lock: calls that wait for it are told of these numbers.
      await database.transaction(async (tx) => {
        await store.replaceNumbers(tx, userId, read);
        await recordAct(tx, actor, { action: 'userNumbersChanged', userId, details });
      });
      return findUser(name);
    },

    /** Takes effect on the next call; null: the server's configuration says where. @throws UserNotFound, InvalidInput */
    async setSipAddress(name: string, address: string | null, actor: Actor): Promise<store.User> {
      const sipAddress = address === null ? null : readSipAddress(address);
      return changeUser(name, actor, async (tx, user) => {
        if (user.sipAddress === sipAddress) return undefined;
        await store.updateSipAddress(tx, user.id, sipAddress);
        return { action: 'userSipAddressChanged', details: { set: sipAddress !== null } };
      });
    },
  };
}
