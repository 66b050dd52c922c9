import type { Account } from '../../core/people/user-store.ts';
import { SCOPE_OPENID, SCOPE_PHONE, SCOPE_PROFILE } from '../../core/tokens/access-token.ts';

/** What each scope gives, in the ID token and at UserInfo (OpenID Connect Core section 5.4). */
export const CLAIMS_OF_SCOPES: Readonly<Record<string, readonly string[]>> = {
  [SCOPE_OPENID]: ['sub'],
  [SCOPE_PROFILE]: ['preferred_username', 'name'],
  [SCOPE_PHONE]: ['phone_number'],
};

/** A subject identifier, and more about a user, as far as the user has it (OpenID Connect Core section 5.1). */
export interface Claims {
  readonly sub: string;
  readonly [claim: string]: string;
}

/** People have one name here, so both claims hold it: some relying parties show one, some the other. */
export function claimsOf(
  userId: string,
  { name, phoneNumber }: Pick<Account, 'name' | 'phoneNumber'>,
  scopes: readonly string[],
): Claims {
  const known = { preferred_username: name, name, phone_number: phoneNumber };
  const granted = scopes.flatMap((scope) => CLAIMS_OF_SCOPES[scope] ?? []);
  const claims = Object.entries(known).filter(
    (claim): claim is [string, string] => claim[1] !== null && granted.includes(claim[0]),
  );
  return { ...Object.fromEntries(claims), sub: userId };
}
