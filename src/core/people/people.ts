import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../../platform/database/database.ts';
import { createOwnAccountService, type OwnAccountService } from './own-account-service.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { createUserService, type UserService } from './user-service.ts';

export interface PeopleDeps {
  readonly database: Database;
  /** Default country for numbers without `+`. */
  readonly defaultCountry: CountryCode | undefined;
}

export interface People {
  /** For administrators: all users. */
  readonly users: UserService;
  /** For signed-in users: their own account. */
  readonly accounts: OwnAccountService;
  /** Checks passwords and throttles attempts. */
  readonly signIn: SignIn;
}

export function createPeople({ database, defaultCountry }: PeopleDeps): People {
  return {
    users: createUserService(database, defaultCountry),
    accounts: createOwnAccountService(database),
    signIn: createSignIn(database),
  };
}
