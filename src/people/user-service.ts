import type { CountryCode } from 'libphonenumber-js/max';
import { LARGEST_LIMIT } from '../config.ts';
import type { Database } from '../database/database.ts';
import { InvalidInput } from '../domain-error.ts';
import { hashPassword } from './password.ts';
import { UserExists, UserNotFound } from './people-errors.ts';
import { readPhoneNumber } from './phone-number.ts';
import * as store from './user-store.ts';

export type { User } from './user-store.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
const PASSWORD_LENGTHS = { least: 4, most: 1024 };

export interface AddedUser {
  readonly name: string;
  readonly password: string;
  readonly administrator?: boolean;
  readonly maxOngoingCalls: number;
  readonly numbers?: readonly string[];
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

  return {
    findUser,

    listUsers: (after: string, size: number) => store.listUsers(database, after, size),

    /** @throws UserExists, InvalidInput */
    async addUser(added: AddedUser): Promise<store.User> {
      checkName(added.name);
      checkLimit(added.maxOngoingCalls);
      const numbers = readNumbers(added.numbers ?? [], country);
      const passwordHash = await hashNewPassword(added.password);
      const { name, maxOngoingCalls, administrator = false, demo = false } = added;
      await database.transaction(async (tx) => {
        const inserted = await store.insertUser(tx, {
          name,
          passwordHash,
          administrator,
          maxOngoingCalls,
          demo,
        });
        if (!inserted) throw new UserExists(name);
        const user = await store.findUserByName(tx, name);
        if (user) await store.replaceNumbers(tx, user.id, numbers);
      });
      return findUser(name);
    },

    /** Takes effect on the next open; ongoing calls stay. @throws UserNotFound, InvalidInput */
    async setLimit(name: string, maxOngoingCalls: number): Promise<store.User> {
      checkLimit(maxOngoingCalls);
      if (!(await store.updateLimit(database, name, maxOngoingCalls))) throw new UserNotFound(name);
      return findUser(name);
    },

    /** Whoever was signed in, or held a token, by the old one no longer does. @throws UserNotFound, InvalidInput */
    async setPassword(name: string, password: string): Promise<void> {
      const passwordHash = await hashNewPassword(password);
      await database.transaction(async (tx) => {
        if (!(await store.updatePassword(tx, name, passwordHash))) throw new UserNotFound(name);
        await store.endSessionsAndTokens(tx, name);
      });
    },

    /**
     * A disabled user can neither sign in nor open calls; sessions, tokens and ongoing calls end (user_disabled in
     * migrations/). @throws UserNotFound
     */
    async setDisabled(name: string, disabled: boolean): Promise<store.User> {
      if (!(await store.updateDisabled(database, name, disabled))) throw new UserNotFound(name);
      return findUser(name);
    },

    /** The first number becomes the default; none at all is allowed. @throws UserNotFound, InvalidInput */
    async setNumbers(name: string, numbers: readonly string[]): Promise<store.User> {
      const read = readNumbers(numbers, country);
      const user = await findUser(name);
      await database.transaction((tx) => store.replaceNumbers(tx, user.id, read));
      return findUser(name);
    },
  };
}

export function isUserName(text: string): boolean {
  return NAME.test(text);
}

function checkName(name: string): void {
  if (!isUserName(name)) {
    throw new InvalidInput(
      'name',
      'name must be 1 to 64 letters, digits or . _ @ + - and begin with a letter or digit',
    );
  }
}

function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 0 || limit > LARGEST_LIMIT) {
    throw new InvalidInput('limit', `limit must be a whole number from 0 to ${LARGEST_LIMIT}`);
  }
}

async function hashNewPassword(password: string): Promise<string> {
  const { least, most } = PASSWORD_LENGTHS;
  if (password.length < least || password.length > most) {
    throw new InvalidInput('password', `password must have ${least} to ${most} characters`);
  }
  return hashPassword(password);
}

function readNumbers(numbers: readonly string[], country: CountryCode | undefined): string[] {
  return [...new Set(numbers.map((number) => readPhoneNumber(number, country)))];
}
