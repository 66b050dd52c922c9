import type { Database } from '../../platform/database/database.ts';
import { CallNotFound } from '../calls/call-errors.ts';
import type { Access } from '../tokens/access.ts';
import type { CallEvent } from './call-event.ts';
import { findEventsOfCall } from './event-store.ts';

/** The stored events of calls, for applications with an access token. */
export interface CallEventService {
  /**
   * Oldest first.
   * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, CallNotFound also for a call that the token does not reach
   */
  listEventsOfOwnCall(access: Access, callId: string): Promise<readonly CallEvent[]>;
}

export function createCallEventService(database: Database): CallEventService {
  return {
    async listEventsOfOwnCall(access, callId) {
      const events = await findEventsOfCall(database, access, callId);
      if (!events) throw new CallNotFound(callId);
      return events;
    },
  };
}
