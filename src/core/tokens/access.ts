import type { PresentedToken } from './access-token.ts';
import { refusalError } from './token-errors.ts';

/** The token of a request, and the scopes that it needs. */
export interface Access {
  readonly token: PresentedToken;
  /** The token needs one of these scopes. */
  readonly scopes: readonly string[];
}

/** A row of a statement that checks access and acts in one round trip. */
export type CheckedRow<Row> = Row & {
  /** From token_entitlement; null if access is granted. */
  readonly refusal: string | null;
};

/** The parameters of token_entitlement, the first five of such a statement. */
export function entitlementValues({ token, scopes }: Access): readonly unknown[] {
  return [token.hash, token.proofKeyThumbprint, token.inQuery, token.resource, scopes];
}

/** The parameters of token_entitlement as a JSON record, for statements with many requests. */
export function entitlementRecord({ token, scopes }: Access) {
  return {
    token_hash: asBytea(token.hash),
    proof_jkt: token.proofKeyThumbprint,
    in_query: token.inQuery,
    resource: token.resource,
    scopes,
  };
}

/** @throws TokenInvalid, ScopeMissing, TokenWithoutUser */
export function requireEntitled<Row>(row: CheckedRow<Row> | undefined, { scopes }: Access): CheckedRow<Row> {
  if (!row || row.refusal !== null) throw refusalError(row?.refusal ?? 'token_invalid', scopes);
  return row;
}

/** Encodes bytes in PostgreSQL's text format. */
export function asBytea(bytes: Buffer): string {
  return `\\x${bytes.toString('hex')}`;
}
