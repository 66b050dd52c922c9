import type { Database } from '../../platform/database/database.ts';
import { type BoardCall, listBoard, type Owner, type Totals } from './board-store.ts';

export type { BoardCall } from './board-store.ts';

/** Calls shown at once; a server may have many more. */
const MOST_SHOWN = 500;

export interface BoardUser extends Owner {
  readonly calls: readonly BoardCall[];
}

/** What goes on just now, by user. */
export interface Board extends Totals {
  /** Those at their limit first, then by name. */
  readonly busy: readonly BoardUser[];
  /** How many more calls go on than are shown. */
  readonly more: number;
}

export type BoardService = ReturnType<typeof createBoardService>;

/** All ongoing calls against the limits of their users, as administrators see them. */
export function createBoardService(database: Database, mostShown = MOST_SHOWN) {
  return {
    async look(): Promise<Board> {
      const rows = await listBoard(database, mostShown);
      const [{ ongoingCalls, users, usersAtLimit } = { ongoingCalls: 0, users: 0, usersAtLimit: 0 }] = rows;
      const busy = new Map<string, BoardUser & { readonly calls: BoardCall[] }>();
      let shown = 0;
      for (const row of rows) {
        if (row.id === null) continue;
        const { userName, limit, ongoing, ongoingCalls: _, users: __, usersAtLimit: ___, ...call } = row;
        const user = busy.get(userName) ?? { userName, limit, ongoing, calls: [] };
        user.calls.push(call);
        busy.set(userName, user);
        shown += 1;
      }
      return { ongoingCalls, users, usersAtLimit, busy: [...busy.values()], more: ongoingCalls - shown };
    },
  };
}
