import type { Queryable } from '../../platform/database/database.ts';
import type { Call } from './call.ts';

/** An ongoing call as the board shows it. */
export interface BoardCall
  extends Pick<Call, 'id' | 'clientId' | 'caller' | 'callee' | 'state' | 'createdAt' | 'connectedAt'> {
  /** Null if the client was removed. */
  readonly clientName: string | null;
}

/** One call with its user, or a single row without a call if there are no ongoing calls. Each row repeats the totals. */
export type BoardRow = BoardTotals & ((BoardCall & BoardOwner) | { readonly id: null });

export interface BoardTotals {
  readonly ongoingCalls: number;
  /** Users with ongoing calls. */
  readonly users: number;
  readonly usersAtLimit: number;
}

export interface BoardOwner {
  readonly userName: string;
  readonly limit: number;
  readonly ongoing: number;
}

/** Lists at most `limit` calls: users at their limit first, then by user name; each user's oldest call first. */
export function listBoard(db: Queryable, limit: number): Promise<BoardRow[]> {
  return db.query<BoardRow>(
    {
      name: 'board',
      text: `WITH busy AS MATERIALIZED (
               SELECT u.id, u.name, u.name_key, u.max_ongoing_calls, o.ongoing, o.ongoing >= u.max_ongoing_calls AS at_limit
                 FROM (SELECT user_id, count(*)::integer AS ongoing FROM calls WHERE ended_at IS NULL GROUP BY user_id) o
                 JOIN users u ON u.id = o.user_id
             ), shown AS MATERIALIZED (
               SELECT c.id, c.client_id, c.caller, c.callee, c.state, c.created_at, c.connected_at,
                      b.name, b.name_key, b.max_ongoing_calls, b.ongoing, b.at_limit
                 FROM calls c JOIN busy b ON b.id = c.user_id
                WHERE c.ended_at IS NULL
                ORDER BY b.at_limit DESC, b.name_key, c.created_at, c.id LIMIT $1
             )
             SELECT totals.*, s.id, s.client_id AS "clientId", a.name AS "clientName", s.caller, s.callee, s.state,
                    s.created_at AS "createdAt", s.connected_at AS "connectedAt",
                    s.name AS "userName", s.max_ongoing_calls AS "limit", s.ongoing
               FROM (SELECT coalesce(sum(ongoing), 0)::integer AS "ongoingCalls", count(*)::integer AS users,
                            count(*) FILTER (WHERE at_limit)::integer AS "usersAtLimit" FROM busy) AS totals
               LEFT JOIN shown s ON true
               LEFT JOIN clients a ON a.id = s.client_id
              ORDER BY s.at_limit DESC, s.name_key, s.created_at, s.id`,
    },
    [limit],
  );
}
