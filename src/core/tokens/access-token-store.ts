import type { Queryable } from '../../platform/database/database.ts';
import type { PresentedToken, Principal } from './access-token.ts';
import { refusalError, TokenOfUser } from './token-errors.ts';

/** The first four parameters of every statement that checks a token in the round trip in which it acts. */
export function entitlementValues(token: PresentedToken, scopes: readonly string[]): readonly unknown[] {
  return [token.hash, token.proofKeyThumbprint, token.inQuery, scopes];
}

/** The same in JSON, of one request among many of a statement. */
export function entitlementRecord(token: PresentedToken, scopes: readonly string[]) {
  return {
    token_hash: asBytea(token.hash),
    proof_jkt: token.proofKeyThumbprint,
    in_query: token.inQuery,
    scopes,
  };
}

/** As PostgreSQL reads bytes in a text. */
export function asBytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}

/** @throws TokenInvalid, ScopeMissing (any one of `scopes` is enough), TokenWithoutUser */
export async function findPrincipal(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
): Promise<Principal> {
  const [row] = await db.query<Principal & { refusal: string | null }>(
    {
      name: 'principal',
      text: `SELECT refusal, user_id AS "userId", user_name AS "userName", client_id AS "clientId", administrator
               FROM token_entitlement($1, $2, $3, $4)`,
    },
    entitlementValues(token, scopes),
  );
  if (!row || row.refusal !== null) throw refusalError(row?.refusal ?? '', scopes);
  const { userId, userName, clientId, administrator } = row;
  return { userId, userName, clientId, administrator };
}

/**
 * Whose token it is that a client got for itself.
 * @returns the client's id
 * @throws TokenInvalid, ScopeMissing (any one of `scopes` is enough), TokenOfUser
 */
export async function findClientOfToken(
  db: Queryable,
  token: PresentedToken,
  scopes: readonly string[],
): Promise<string> {
  const [row] = await db.query<{ refusal: string | null; clientId: string }>(
    {
      name: 'client_of_token',
      text: 'SELECT refusal, client_id AS "clientId" FROM token_entitlement($1, $2, $3, $4)',
    },
    entitlementValues(token, scopes),
  );
  if (row?.refusal === 'token_without_user') return row.clientId;
  if (row?.refusal === null) throw new TokenOfUser();
  throw refusalError(row?.refusal ?? '', scopes);
}
