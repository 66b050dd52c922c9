import { ALONE, coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CallChange } from './call.ts';
import { type MovedRow, type MoveRequest, moveCall, moveEachCall } from './transition-store.ts';

/** @returns the change; undefined if nothing changed */
type MoveCall = (request: MoveRequest) => Promise<CallChange | undefined>;

/**
 * Changes the states of calls; simultaneous requests share a statement, as in call-opener.ts. Request the next transition of a call
 * when the one before it is answered.
 */
export function createCallMover(database: Database): MoveCall {
  return coalesce<MoveRequest, CallChange | undefined>({
    async answer(requests, alone) {
      const [request] = requests;
      if (alone && request) return [await moveCall(database, request)];
      return (await moveEachCall(database, requests)).map(answerOf);
    },
  });
}

function answerOf({ locked, ...change }: MovedRow): CallChange | undefined | typeof ALONE {
  if (locked) return ALONE;
  return change.callId === null ? undefined : change;
}
