import { coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import { type Access, type CheckedRow, entitlementRecord, requireEntitled } from './access.ts';

/** A row for a request. */
export type ResultRow<Row> = CheckedRow<Row> & {
  /** The number of the request, from 1. */
  readonly n: number;
};

/** SQL: all requests of a statement as `r`, each with the entitlement of its token as `u`. @param columns of the parameters */
export function sharedRequests(columns: string): string {
  return `
  ROWS FROM (jsonb_to_recordset($1) AS (token_hash bytea, proof_jkt text, in_query boolean, resource text, scopes text[],
                                    ${columns}))
    WITH ORDINALITY AS r
  CROSS JOIN LATERAL (SELECT refusal, user_id, client_id, user_name AS name, all_calls
                        FROM token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.resource, r.scopes)) AS u`;
}

/** SQL: the columns that say which request a row belongs to, and why it is refused. */
export const RESULT_COLUMNS = 'r.ordinality::integer AS n, u.refusal';

/**
 * Reads rows for requests with tokens; simultaneous requests share a statement.
 * @param text selects RESULT_COLUMNS from `sharedRequests`, ordered by request; at least one row for each
 * @returns a function that reads the rows of one request. It throws TokenInvalid, ScopeMissing or TokenWithoutUser if the token is
 *   not entitled
 */
export function createSharedReader<Wanted extends object, Row extends object>(
  database: Database,
  name: string,
  text: string,
): (access: Access, parameters: Wanted) => Promise<ResultRow<Row>[]> {
  interface ReadRequest {
    readonly access: Access;
    readonly parameters: Wanted;
  }
  async function answer(requests: readonly ReadRequest[]): Promise<ResultRow<Row>[][]> {
    const records = requests.map(({ access, parameters }) => ({
      ...entitlementRecord(access),
      ...parameters,
    }));
    const rows = await database.query<ResultRow<Row>>({ name, text }, [JSON.stringify(records)]);
    const results: ResultRow<Row>[][] = requests.map(() => []);
    for (const row of rows) results[row.n - 1]?.push(row);
    return results;
  }
  const read = coalesce({ answer });
  return async (access, parameters) => {
    const rows = await read({ access, parameters });
    requireEntitled(rows[0], access);
    return rows;
  };
}
