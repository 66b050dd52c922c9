import type { Queryable } from '../../platform/database/database.ts';
import { type Access, type CheckedRow, entitlementValues, requireEntitled } from './access.ts';
import { type PresentedToken, type Principal, SCOPE_ADMIN, type TokenUser } from './access-token.ts';
import { AdministratorRequired, refusalError, SecondFactorRequired, TokenOfUser } from './token-errors.ts';

/** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export async function findPrincipal(db: Queryable, access: Access): Promise<Principal> {
  const [row] = await db.query<CheckedRow<Principal>>(
    {
      name: 'principal',
      text: `SELECT refusal, user_id AS "userId", user_name AS "userName", client_id AS "clientId", administrator
               FROM token_entitlement($1, $2, $3, $4, $5)`,
    },
    entitlementValues(access),
  );
  const { refusal: _, ...principal } = requireEntitled(row, access);
  return principal;
}

/** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export async function findTokenUser(db: Queryable, access: Access): Promise<TokenUser> {
  const [row] = await db.query<CheckedRow<TokenUser>>(
    {
      name: 'token_user',
      text: `SELECT e.refusal, e.user_id AS "userId", e.user_name AS name, n.number AS "phoneNumber", t.scopes
               FROM token_entitlement($1, $2, $3, $4, $5) AS e
               LEFT JOIN access_tokens t ON t.hash = $1
               LEFT JOIN user_numbers n ON n.user_id = e.user_id AND n.is_default`,
    },
    entitlementValues(access),
  );
  const { refusal: _, ...user } = requireEntitled(row, access);
  return user;
}

/**
 * Finds the principal of a token with the scope `admin`.
 * @param secondFactorRequired whether every administrator must have a second factor
 * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, AdministratorRequired, SecondFactorRequired
 */
export async function findAdministrator(
  db: Queryable,
  token: PresentedToken,
  secondFactorRequired: boolean,
): Promise<Principal> {
  const access = { token, scopes: [SCOPE_ADMIN] };
  const [row] = await db.query<CheckedRow<Principal & { secondFactorMissing: boolean }>>(
    {
      name: 'administrator',
      text: `SELECT e.refusal, e.user_id AS "userId", e.user_name AS "userName", e.client_id AS "clientId", e.administrator,
                    second_factor_missing(e.user_id, z.second_factor, $6) AS "secondFactorMissing"
               FROM token_entitlement($1, $2, $3, $4, $5) AS e LEFT JOIN authorizations z ON z.id = e.authorization_id`,
    },
    [...entitlementValues(access), secondFactorRequired],
  );
  const { refusal: _, secondFactorMissing, ...principal } = requireEntitled(row, access);
  if (!principal.administrator) throw new AdministratorRequired();
  if (secondFactorMissing) throw new SecondFactorRequired();
  return principal;
}

/**
 * Finds the client of a token that a client obtained for itself.
 * @returns the id of the client
 * @throws TokenInvalid, ScopeMissing, TokenOfUser
 */
export async function findClientOfToken(db: Queryable, access: Access): Promise<string> {
  const [row] = await db.query<CheckedRow<{ clientId: string }>>(
    {
      name: 'client_of_token',
      text: 'SELECT refusal, client_id AS "clientId" FROM token_entitlement($1, $2, $3, $4, $5)',
    },
    entitlementValues(access),
  );
  if (row?.refusal === 'token_without_user') return row.clientId;
  if (row?.refusal === null) throw new TokenOfUser();
  throw refusalError(row?.refusal ?? 'token_invalid', access.scopes);
}
