import { createHash } from 'node:crypto';
import type { Queryable } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
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

/** An application asks for `admin`, and the browser has shown a password alone. */
export class SecondFactorNotShown extends InvalidInput {
  constructor() {
    super(
      'scope',
      'To let an application administer this server, sign in to the console (/console) in this browser first, with your second factor. Then come back here and allow it.',
    );
  }
}
