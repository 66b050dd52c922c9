import type { CountryCode } from 'libphonenumber-js/max';
import type { Database } from '../../platform/database/database.ts';
import { createOwnAccountService, type OwnAccountService } from './own-account-service.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { createUserService, type UserService } from './user-service.ts';

export interface PeopleDeps {
  readonly database: Database;
  /** Where numbers without `+` are read. */
  readonly defaultCountry: CountryCode | undefined;
}

export interface People {
  /** Users as administrators manage them. */
  readonly users: UserService;
  /** A person's own account. */
  readonly accounts: OwnAccountService;
  /** Checks of passwords, and their throttle. */
  readonly signIn: SignIn;
}

export function createPeople({ database, defaultCountry }: PeopleDeps): People {
  return {
    users: createUserService(database, defaultCountry),
    accounts: createOwnAccountService(database),
    signIn: createSignIn(database),
  };
}
