import type { Database } from '../../platform/database/database.ts';
import { type BoardCall, type BoardOwner, type BoardTotals, listBoard } from './board-store.ts';

export type { BoardCall } from './board-store.ts';

/** A page shows this many calls; a server may have many more. */
const MAX_CALLS_SHOWN = 500;

export interface BoardUser extends BoardOwner {
  readonly calls: readonly BoardCall[];
}

/** All ongoing calls, by user. */
export interface Board extends BoardTotals {
  /** Users with ongoing calls: users at their limit first, then by name. */
  readonly busy: readonly BoardUser[];
  /** Number of ongoing calls that are not shown. */
  readonly more: number;
}

/** Shows administrators all ongoing calls against the limits of their users. */
export interface BoardService {
  readBoard(): Promise<Board>;
}

export function createBoardService(database: Database): BoardService {
  return {
    async readBoard() {
      const rows = await listBoard(database, MAX_CALLS_SHOWN);
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
