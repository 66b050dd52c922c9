import type { Database } from '../../platform/database/database.ts';
import type { Access } from '../tokens/access.ts';
import { createSharedReader, RESULT_COLUMNS, sharedRequests } from '../tokens/shared-reader.ts';
import type { CallEvent } from './call-event.ts';
import { EVENT } from './event-row.ts';

export interface EventPage {
  /** The events that the token reaches, in order. */
  readonly events: readonly CallEvent[];
  /** The sequence number of the last event that was read, including events that the token does not reach. */
  readonly cursor: string;
  /** Whether there may be more events. */
  readonly full: boolean;
}

/**
 * Reads at most `limit` of the user's events after the cursor. Events are numbered under the lock on the user's row, so no event
 * can appear later with a smaller number. @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
type ReadEventPage = (access: Access, cursor: string, limit: number) => Promise<EventPage>;

/** Streams that have news at the same time share a statement. */
export function createEventReader(database: Database): ReadEventPage {
  // OFFSET 0 keeps the plan to one look-up for each event, however few calls there were when it was made.
  const read = createSharedReader<{ cursor: string; limit: number }, CallEvent & { reached: boolean }>(
    database,
    'events',
    `SELECT ${RESULT_COLUMNS}, ${EVENT},
            e.id IS NOT NULL AND c.stripped_at IS NULL AND (u.all_calls OR c.client_id = u.client_id) AS reached
       FROM ${sharedRequests('"cursor" bigint, "limit" integer')}
       LEFT JOIN LATERAL (SELECT * FROM call_events
                           WHERE user_id = u.user_id AND seq > r."cursor" AND u.refusal IS NULL
                           ORDER BY seq LIMIT r."limit") e ON true
       LEFT JOIN LATERAL (SELECT * FROM calls WHERE id = e.call_id OFFSET 0) c ON true
      ORDER BY r.ordinality, e.seq`,
  );
  return async (access, cursor, limit) => {
    const rows = await read(access, { cursor, limit });
    return {
      events: rows
        .filter(({ reached }) => reached)
        .map(({ n: _, refusal: __, reached: ___, ...event }) => event),
      cursor: rows.at(-1)?.sequence ?? cursor,
      full: rows.length === limit,
    };
  };
}
