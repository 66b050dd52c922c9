import { coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import { type PresentedToken, refusalError } from '../tokens/access-token.ts';
import { entitlementRecord } from '../tokens/access-token-store.ts';
import type { Call } from './call.ts';
import { CALL } from './call-row.ts';
import { type ListedCall, NEWEST_FIRST, POSITION } from './call-store.ts';
import { REACHED } from './own-call-store.ts';

interface Asked {
  readonly token: PresentedToken;
  readonly scopes: readonly string[];
  /** Of the one call that is wanted. */
  readonly id?: string;
  /** How many calls at most. */
  readonly most?: number;
}

type Read<Row> = Row & {
  /** Whose answer the row belongs to, from 1. */
  readonly n: number;
  readonly refusal: string | null;
};

/** All who ask, with what their tokens entitle them to. */
const ASKED = `
  ROWS FROM (jsonb_to_recordset($1) AS (token_hash bytea, proof_jkt text, in_query boolean, scopes text[], id text, most integer))
    WITH ORDINALITY AS r
  CROSS JOIN LATERAL (SELECT refusal, user_id, client_id, user_name AS name, all_calls
                        FROM token_entitlement(r.token_hash, r.proof_jkt, r.in_query, r.scopes)) AS u`;
const ONGOING = 'c.ended_at IS NULL';
const SAID = 'r.ordinality::integer AS n, u.refusal';

export type OwnCallReading = ReturnType<typeof createOwnCallReading>;

/**
 * What applications ask for most, simultaneous requests together. A token counts as it stands in the database then, on
 * every node. Every function throws TokenInvalid, ScopeMissing or TokenWithoutUser when the token is not entitled.
 */
export function createOwnCallReading(database: Database) {
  /** @returns what reads the rows of one who asks; at least one row for each */
  function reader<Row extends object>(name: string, text: string): (asked: Asked) => Promise<Read<Row>[]> {
    async function answer(all: readonly Asked[]): Promise<Read<Row>[][]> {
      const requests = all.map(({ token, scopes, ...wanted }) => ({
        ...entitlementRecord(token, scopes),
        ...wanted,
      }));
      const rows = await database.query<Read<Row>>({ name, text }, [JSON.stringify(requests)]);
      const answers: Read<Row>[][] = all.map(() => []);
      for (const row of rows) answers[row.n - 1]?.push(row);
      return answers;
    }
    const read = coalesce({ answer });
    return async (asked) => {
      const rows = await read(asked);
      const refusal = rows[0] ? rows[0].refusal : '';
      if (refusal !== null) throw refusalError(refusal, asked.scopes);
      return rows;
    };
  }

  /** @param fence keeps the calls of each who asks being looked up by an index; else all ongoing ones may be gone through */
  const readCalls = <Row extends Call>(
    name: string,
    condition: string,
    order: string,
    fence: string,
    columns = '',
  ) =>
    reader<Row>(
      name,
      `SELECT ${SAID}, ${CALL}${columns}
         FROM ${ASKED}
         LEFT JOIN LATERAL (SELECT * FROM calls c WHERE ${REACHED} AND ${condition} ${fence}) AS c ON true
        ORDER BY r.ordinality, ${order}`,
    );
  const readCall = readCalls('own_call', 'c.id = r.id', 'c.id', 'OFFSET 0');
  const readOngoing = readCalls('own_ongoing_calls', ONGOING, 'c.created_at, c.id', 'OFFSET 0');
  const readNewestOngoing = readCalls<ListedCall>(
    'own_newest_ongoing_calls',
    ONGOING,
    NEWEST_FIRST,
    `ORDER BY ${NEWEST_FIRST} LIMIT r.most`,
    POSITION,
  );
  const readNumbers = reader<{ numbers: string[] }>(
    'own_numbers',
    `SELECT ${SAID}, ARRAY(SELECT n.number FROM user_numbers n WHERE n.user_id = u.user_id
                            ORDER BY n.is_default DESC, n.number) AS numbers
       FROM ${ASKED}`,
  );

  return {
    async findOwnCall(
      token: PresentedToken,
      scopes: readonly string[],
      id: string,
    ): Promise<Call | undefined> {
      return callsOf(await readCall({ token, scopes, id }))[0];
    },

    /** Oldest first. */
    async findOwnOngoingCalls(token: PresentedToken, scopes: readonly string[]): Promise<Call[]> {
      return callsOf(await readOngoing({ token, scopes }));
    },

    /** As the list of one's calls has them. */
    async findNewestOwnOngoingCalls(
      token: PresentedToken,
      scopes: readonly string[],
      most: number,
    ): Promise<ListedCall[]> {
      return callsOf(await readNewestOngoing({ token, scopes, most }));
    },

    /** The numbers that the user may call from, the default one first. */
    async findOwnNumbers(token: PresentedToken, scopes: readonly string[]): Promise<string[]> {
      const [row] = await readNumbers({ token, scopes });
      return row?.numbers ?? [];
    },
  };
}

/** Who has no call has a row without one. */
function callsOf<Row extends Call>(rows: readonly Read<Row>[]): Omit<Read<Row>, 'n' | 'refusal'>[] {
  return rows.filter(({ id }) => id !== null).map(({ n: _, refusal: __, ...call }) => call);
}
