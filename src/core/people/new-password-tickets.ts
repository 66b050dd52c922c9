import { createHash } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { type SealedBox, SealNotOpened } from '../../platform/secrets/sealed-box.ts';
import { findCredentialsById, type Proof } from './credentials-store.ts';

const LIFETIME_MS = 10 * 60 * 1000;
const OWNER = 'new password';

/** The sign-in that the user continues after choosing the new password. */
export type TicketPurpose = 'account' | 'authorization' | 'console';

/** A user who has entered the right password, and must choose a new one. */
export interface PasswordChange {
  readonly proof: Proof;
  readonly userName: string;
}

/**
 * A ticket shows for ten minutes that a user entered the right password, and allows only to choose a new one. It is encrypted,
 * nothing of it is stored, and it is valid until the password changes.
 */
export interface NewPasswordTickets {
  issue(proof: Proof, purpose: TicketPurpose): string;
  /** @returns undefined if the ticket is invalid or expired, or the password was changed since */
  read(ticket: string | undefined, purpose: TicketPurpose): Promise<PasswordChange | undefined>;
}

interface Ticket {
  readonly userId: string;
  readonly passwordDigest: string;
  readonly purpose: TicketPurpose;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

export function createNewPasswordTickets(
  database: Database,
  secrets: SealedBox,
  clock: Pick<Clock, 'now'>,
): NewPasswordTickets {
  function open(text: string): Ticket | undefined {
    try {
      return JSON.parse(secrets.open(Buffer.from(text, 'base64url'), OWNER));
    } catch (error) {
      if (error instanceof SealNotOpened) return undefined;
      throw error;
    }
  }

  return {
    issue({ userId, passwordHash }, purpose) {
      const ticket: Ticket = {
        userId,
        passwordDigest: digestOf(passwordHash),
        purpose,
        expiresAt: clock.now().getTime() + LIFETIME_MS,
      };
      return secrets.seal(JSON.stringify(ticket), OWNER).toString('base64url');
    },

    async read(text, purpose) {
      const ticket = text === undefined ? undefined : open(text);
      if (ticket?.purpose !== purpose || ticket.expiresAt <= clock.now().getTime()) return undefined;
      const user = await findCredentialsById(database, ticket.userId);
      if (!user?.passwordChangeRequired || digestOf(user.passwordHash) !== ticket.passwordDigest)
        return undefined;
      return { proof: { userId: user.id, passwordHash: user.passwordHash }, userName: user.name };
    },
  };
}

function digestOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url');
}
