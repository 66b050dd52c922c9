import type { Database } from '../../platform/database/database.ts';
import { InvalidInput } from '../../platform/domain-error.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import { createClientSecret, hashClientSecret } from './client-secret.ts';
import { insertInitialAccessToken } from './initial-access-token-store.ts';

export const MAX_REGISTRATIONS = 1_000;
const LIFETIME_MS = 24 * 3600 * 1000;

/** A token for dynamic client registration (RFC 7591 section 1.2), shown only once. */
export interface InitialAccessToken {
  readonly token: string;
  /** How many clients may register with it. */
  readonly registrations: number;
  readonly expires: Date;
}

/** The token exists only if the audit log has it. @throws InvalidInput */
export async function issueInitialAccessToken(
  database: Pick<Database, 'transaction'>,
  registrations: number,
  actor: Actor,
): Promise<InitialAccessToken> {
  if (!Number.isInteger(registrations) || registrations < 1 || registrations > MAX_REGISTRATIONS)
    throw new InvalidInput(
      'registrations',
      `registrations must be a whole number from 1 to ${MAX_REGISTRATIONS}.`,
    );
  const token = createClientSecret();
  const expires = new Date(Date.now() + LIFETIME_MS);
  await database.transaction(async (tx) => {
    await insertInitialAccessToken(tx, { hash: hashClientSecret(token), registrations, expires });
    await recordAct(tx, actor, { action: 'initialAccessTokenIssued', details: { registrations } });
  });
  return { token, registrations, expires };
}
