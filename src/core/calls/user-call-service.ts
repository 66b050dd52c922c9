import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { AnnounceChanges } from './call.ts';
import { CallNotFound } from './call-errors.ts';
import { NEWEST_CALLS } from './call-store.ts';
import { moveCall } from './transition-store.ts';
import * as store from './user-call-store.ts';

export {
  USER_CALL_OUTCOMES,
  type UserCall,
  type UserCallFilter,
  type UserCallOutcome,
} from './user-call-store.ts';

/** Only this many of a user's newest calls are counted. */
export const MAX_COUNTED_CALLS = 10_000;

export interface CallCounts {
  readonly byClient: ReadonlyMap<string, store.ClientCallCount>;
  /** The user has more calls than were counted. */
  readonly truncated: boolean;
}

/** A user's own calls, across all applications. The caller must have authenticated the user. */
export interface UserCallService {
  /** Newest first. */
  listOngoing(userId: string, limit: number): Promise<store.UserCall[]>;
  /** Newest first. @throws InvalidInput for an invalid page token */
  listCalls(
    userId: string,
    filter: store.UserCallFilter,
    page: PageRequest,
  ): Promise<ListPage<store.UserCall>>;
  /** Ends a call. A call that has already ended stays as it is. @throws CallNotFound also for another user's call */
  endCall(userId: string, id: string, actor: Actor): Promise<void>;
  countCalls(userId: string): Promise<CallCounts>;
}

export function createUserCallService(database: Database, announce: AnnounceChanges): UserCallService {
  return {
    listOngoing: (userId, limit) => store.listOngoingUserCalls(database, userId, limit),

    async listCalls(userId, filter, { size, token }) {
      const after = NEWEST_CALLS.readPageToken(token);
      return NEWEST_CALLS.pageOf(await store.listUserCalls(database, userId, filter, size + 1, after), size);
    },

    async endCall(userId, id, actor) {
      const change = await database.transaction(async (tx) => {
        if (!(await store.findUserCall(tx, userId, id))) throw new CallNotFound(id);
        const ending = { state: 'disconnected', reason: 'hangUp' } as const;
        const ended = await moveCall(tx, { id, progress: ending, endedBy: 'user', nodeId: null });
        if (ended) await recordAct(tx, actor, { action: 'callEnded', userId, subject: id });
        return ended;
      });
      if (change) announce([change]);
    },

    async countCalls(userId) {
      const counts = await store.countUserCalls(database, userId, MAX_COUNTED_CALLS + 1);
      const total = counts.reduce((sum, { calls }) => sum + calls, 0);
      return {
        byClient: new Map(counts.map((count) => [count.clientId, count])),
        truncated: total > MAX_COUNTED_CALLS,
      };
    },
  };
}
