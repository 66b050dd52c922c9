import type { CountryCode } from 'libphonenumber-js/max';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Logger } from '../../platform/logger.ts';
import type { SealedBox } from '../../platform/secrets/sealed-box.ts';
import { createNewPasswordTickets, type NewPasswordTickets } from './new-password-tickets.ts';
import { createOwnAccountService, type OwnAccountService } from './own-account-service.ts';
import { createPasswordHasher } from './password-hasher.ts';
import type { HashingMeter } from './password-metrics.ts';
import { createSignIn, type SignIn } from './sign-in.ts';
import { createUserService, type UserService } from './user-service.ts';

export interface PeopleDeps {
  readonly database: Database;
  readonly secrets: SealedBox;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Logger, 'warn'>;
  /** Default country for numbers without `+`. */
  readonly defaultCountry: CountryCode | undefined;
  readonly hashingMeter: HashingMeter | undefined;
}

export interface People {
  /** For administrators: all users. */
  readonly users: UserService;
  /** For signed-in users: their own account. */
  readonly accounts: OwnAccountService;
  /** Checks passwords and throttles attempts. */
  readonly signIn: SignIn;
  /** For users who must choose a new password before they are signed in. */
  readonly newPasswordTickets: NewPasswordTickets;
}

export function createPeople(deps: PeopleDeps): People {
  const { database, secrets, clock, log, defaultCountry, hashingMeter } = deps;
  const hasher = createPasswordHasher(hashingMeter);
  return {
    users: createUserService(database, defaultCountry, hasher),
    accounts: createOwnAccountService(database, hasher),
    signIn: createSignIn({ database, hasher, log }),
    newPasswordTickets: createNewPasswordTickets(database, secrets, clock),
  };
}
