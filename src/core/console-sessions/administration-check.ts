import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/database/database.ts';
import { findAdministrationShown } from './administration-store.ts';
import { CONSOLE_LIFETIMES } from './session-lifetimes.ts';

/**
 * Whether somebody may hand on what only administrators may do. With a password alone, no: whoever has a second factor, or
 * must have one, has shown it in this browser.
 * @param consoleToken what the browser's cookie holds
 */
export type AdministrationCheck = (userId: string, consoleToken: string | undefined) => Promise<boolean>;

export function createAdministrationCheck(db: Queryable, secondFactorRequired: boolean): AdministrationCheck {
  return (userId, consoleToken = '') =>
    findAdministrationShown(db, {
      userId,
      hash: createHash('sha256').update(consoleToken).digest(),
      required: secondFactorRequired,
      ...CONSOLE_LIFETIMES,
    });
}
