import type { PresentedToken } from './access-token.ts';
import { refusalError } from './token-errors.ts';

/** What a request presents, and what it must be good for. */
export interface Access {
  readonly token: PresentedToken;
  /** Any one of them is enough. */
  readonly scopes: readonly string[];
}

/** A row of a statement that checks access in the round trip in which it acts. */
export type CheckedRow<Row> = Row & {
  /** Of token_entitlement; null when the access is good. */
  readonly refusal: string | null;
};

/** The first four parameters of such a statement: those of token_entitlement. */
export function entitlementValues({ token, scopes }: Access): readonly unknown[] {
  return [token.hash, token.proofKeyThumbprint, token.inQuery, scopes];
}

/** The same in JSON, of one request among many of a statement. */
export function entitlementRecord({ token, scopes }: Access) {
  return {
    token_hash: asBytea(token.hash),
    proof_jkt: token.proofKeyThumbprint,
    in_query: token.inQuery,
    scopes,
  };
}

/** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export function requireEntitled<Row>(row: CheckedRow<Row> | undefined, { scopes }: Access): CheckedRow<Row> {
  if (!row || row.refusal !== null) throw refusalError(row?.refusal ?? '', scopes);
  return row;
}

/** As PostgreSQL reads bytes in a text. */
export function asBytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
