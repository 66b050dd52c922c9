import type { Queryable } from '../../database/database.ts';
import { type PresentedToken, type Principal, refusalError } from './access-token.ts';

/** The first four parameters of every statement that checks a token in the round trip in which it acts. */
export function entitlementValues(token: PresentedToken, scopes: readonly string[]): readonly unknown[] {
  return [token.hash, token.proofKeyThumbprint, token.inQuery, scopes];
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
