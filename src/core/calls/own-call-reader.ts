import type { Database } from '../../platform/database/database.ts';
import type { Listed } from '../../platform/database/paging.ts';
import type { Access } from '../tokens/access.ts';
import {
  createSharedReader,
  RESULT_COLUMNS,
  type ResultRow,
  sharedRequests,
} from '../tokens/shared-reader.ts';
import type { Call } from './call.ts';
import { CALL } from './call-row.ts';
import { NEWEST_CALLS } from './call-store.ts';
import { REACHED } from './own-call-store.ts';

interface Wanted {
  /** Id of the requested call. */
  readonly id?: string;
  /** Maximum number of calls. */
  readonly limit?: number;
}

const REQUESTS = sharedRequests('id text, "limit" integer');
const ONGOING = 'c.ended_at IS NULL';

/** Each function throws TokenInvalid, ScopeMissing or TokenWithoutUser if the token is not entitled. */
export interface OwnCallReader {
  findOwnCall(access: Access, id: string): Promise<Call | undefined>;
  /** Oldest first. */
  findOwnOngoingCalls(access: Access): Promise<Call[]>;
  /** Newest first, as rows of the list of calls. */
  findNewestOwnOngoingCalls(access: Access, limit: number): Promise<Listed<Call>[]>;
  /** The numbers that the user may call from, the default one first. */
  findOwnNumbers(access: Access): Promise<string[]>;
}

/** Answers the most frequent requests of applications. Simultaneous requests share a statement. */
export function createOwnCallReader(database: Database): OwnCallReader {
  const createReader = <Row extends object>(name: string, text: string) =>
    createSharedReader<Wanted, Row>(database, name, text);

  /** @param fence keeps PostgreSQL from scanning all ongoing calls; it then uses an index for each request */
  const createCallReader = <Row extends Call>(
    name: string,
    condition: string,
    order: string,
    fence: string,
    columns = '',
  ) =>
    createReader<Row>(
      name,
      `SELECT ${RESULT_COLUMNS}, ${CALL}${columns}
         FROM ${REQUESTS}
         LEFT JOIN LATERAL (SELECT * FROM calls c WHERE ${REACHED} AND ${condition} ${fence}) AS c ON true
        ORDER BY r.ordinality, ${order}`,
    );
  const readCall = createCallReader('own_call', 'c.id = r.id', 'c.id', 'OFFSET 0');
  const readOngoing = createCallReader('own_ongoing_calls', ONGOING, 'c.created_at, c.id', 'OFFSET 0');
  const readNewestOngoing = createCallReader<Listed<Call>>(
    'own_newest_ongoing_calls',
    ONGOING,
    NEWEST_CALLS.order,
    `ORDER BY ${NEWEST_CALLS.order} LIMIT r."limit"`,
    `, ${NEWEST_CALLS.position}`,
  );
  const readNumbers = createReader<{ numbers: string[] }>(
    'own_numbers',
    `SELECT ${RESULT_COLUMNS}, ARRAY(SELECT n.number FROM user_numbers n WHERE n.user_id = u.user_id
                                      ORDER BY n.is_default DESC, n.number) AS numbers
       FROM ${REQUESTS}`,
  );

  return {
    findOwnCall: async (access, id) => callsOf(await readCall(access, { id }))[0],

    findOwnOngoingCalls: async (access) => callsOf(await readOngoing(access, {})),

    findNewestOwnOngoingCalls: async (access, limit) => callsOf(await readNewestOngoing(access, { limit })),

    async findOwnNumbers(access) {
      const [row] = await readNumbers(access, {});
      return row?.numbers ?? [];
    },
  };
}

/** For a user without calls, the statement returns one row without a call. */
function callsOf<Row extends Call>(rows: readonly ResultRow<Row>[]): Omit<ResultRow<Row>, 'n' | 'refusal'>[] {
  return rows.filter(({ id }) => id !== null).map(({ n: _, refusal: __, ...call }) => call);
}
