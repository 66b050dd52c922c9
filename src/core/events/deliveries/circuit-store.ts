import type { Queryable } from '../../../platform/database/database.ts';

/** Deliveries of a client to a host wait, because the host does not answer. */
export interface Pause {
  /** ISO 8601. Then one delivery is attempted. */
  readonly until: string;
  /** Attempts in a row without an answer. */
  readonly timeouts: number;
}

/** SQL: the `Pause` of a client's receiver, as JSON; NULL if there is none. @param clientId, host SQL expressions */
export function pauseOf(clientId: string, host: string): string {
  return `(SELECT jsonb_build_object('until', to_char(k.paused_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                                     'timeouts', k.timeouts)
             FROM delivery_circuits k
            WHERE k.client_id = ${clientId} AND k.host = ${host} AND k.opened_at IS NOT NULL AND k.paused_until > now())`;
}

/** Counts the receivers that do not answer, of all clients. */
export async function countOpenCircuits(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>({
    name: 'count_open_circuits',
    text: 'SELECT count(*)::integer AS count FROM delivery_circuits WHERE opened_at IS NOT NULL',
  });
  return row?.count ?? 0;
}
