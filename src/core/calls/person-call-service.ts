import type { Database } from '../../platform/database/database.ts';
import type { ListPage, PageRequest } from '../../platform/database/paging.ts';
import type { Actor } from '../audit/actor.ts';
import { recordAct } from '../audit/audit-store.ts';
import type { AnnounceChanges } from './call.ts';
import { CallNotFound } from './call-errors.ts';
import { NEWEST_CALLS } from './call-store.ts';
import * as store from './person-call-store.ts';
import { moveCall } from './transition-store.ts';

export {
  PERSON_OUTCOMES,
  type PersonCall,
  type PersonCallFilter,
  type PersonOutcome,
} from './person-call-store.ts';

/** As far back as calls are counted. */
export const CALLS_COUNTED = 10_000;

export interface CountedCalls {
  readonly byClient: ReadonlyMap<string, store.CallsOfClient>;
  /** There are more calls than were counted. */
  readonly bounded: boolean;
}

export type PersonCallService = ReturnType<typeof createPersonCallService>;

/** A person's own calls, whichever applications opened them; whoever calls this has made sure who the person is. */
export function createPersonCallService(database: Database, announce: AnnounceChanges) {
  return {
    /** Newest first, at most so many. */
    listOngoing: (userId: string, most: number) => store.listPersonOngoingCalls(database, userId, most),

    /** Newest first. @throws InvalidInput for a page token that is not one of ours */
    async listCalls(
      userId: string,
      filter: store.PersonCallFilter,
      { size, token }: PageRequest,
    ): Promise<ListPage<store.PersonCall>> {
      const after = NEWEST_CALLS.readPageToken(token);
      return NEWEST_CALLS.pageOf(
        await store.listPersonCalls(database, userId, filter, size + 1, after),
        size,
      );
    },

    /** An ended one stays as it is. @throws CallNotFound also for another user's */
    async endCall(userId: string, id: string, actor: Actor): Promise<void> {
      const change = await database.transaction(async (tx) => {
        if (!(await store.findPersonCall(tx, userId, id))) throw new CallNotFound(id);
        const ending = { state: 'disconnected', reason: 'hangUp' } as const;
        const ended = await moveCall(tx, id, ending, 'user', null);
        if (ended) await recordAct(tx, actor, { action: 'callEnded', userId, subject: id });
        return ended;
      });
      if (change) announce([change]);
    },

    async countCalls(userId: string): Promise<CountedCalls> {
      const counted = await store.countPersonCalls(database, userId, CALLS_COUNTED + 1);
      const total = counted.reduce((sum, { calls }) => sum + calls, 0);
      return {
        byClient: new Map(counted.map((each) => [each.clientId, each])),
        bounded: total > CALLS_COUNTED,
      };
    },
  };
}
