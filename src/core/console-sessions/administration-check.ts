import type { Queryable } from '../../platform/database/database.ts';
import { findSecondFactorStanding, type SecondFactorStanding } from './administration-store.ts';
import { CONSOLE_LIFETIMES } from './session-lifetimes.ts';
import { hashSessionToken } from './session-token.ts';

export type { SecondFactorStanding } from './administration-store.ts';

/**
 * Decides whether a user may grant the scope `admin`, which is not `missing`. A password is not enough: a user who has a second
 * factor, or must have one, must have a console session in this browser that was verified with it.
 * @param consoleToken value of the browser's console cookie
 */
export type AdministrationCheck = (
  userId: string,
  consoleToken: string | undefined,
) => Promise<SecondFactorStanding>;

export function createAdministrationCheck(db: Queryable, secondFactorRequired: boolean): AdministrationCheck {
  return (userId, consoleToken = '') =>
    findSecondFactorStanding(db, {
      userId,
      hash: hashSessionToken(consoleToken),
      required: secondFactorRequired,
      ...CONSOLE_LIFETIMES,
    });
}
