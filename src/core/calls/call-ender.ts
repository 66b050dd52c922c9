import { AGAIN, ALONE, coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Access } from '../tokens/access.ts';
import type { CallChange } from './call.ts';
import { changeOf, type EndedRow, type EndRequest, endOwnCalls } from './own-call-store.ts';

/** @returns the change; `ended` if the call had already ended, undefined if the token does not reach the call */
export type EndCall = (access: Access, id: string) => Promise<CallChange | 'ended' | undefined>;

/**
 * Ends calls; simultaneous requests share a statement, as in call-opener.ts. With 20 requests in a statement, each takes a tenth
 * of the processor time of PostgreSQL. @throws TokenInvalid, ScopeMissing, TokenWithoutUser
 */
export function createCallEnder(database: Database): EndCall {
  const end = coalesce<EndRequest, EndedRow>({
    async answer(requests, alone) {
      const firstById = new Map<string, EndRequest>();
      for (const request of requests) if (!firstById.has(request.id)) firstById.set(request.id, request);
      const first = [...firstById.values()];
      const rows = await endOwnCalls(database, first, alone);
      const rowOf = new Map(first.map((request, index) => [request, rows[index]]));
      return requests.map((request) => answerOf(rowOf.get(request)));
    },
    keyOf: ({ access }) => access.token.hash.toString('base64'),
  });
  return async (access, id) => changeOf(await end({ access, id }), access);
}

/** A request for a call that another request of its statement ends is repeated after it. */
function answerOf(row: EndedRow | undefined): EndedRow | typeof AGAIN | typeof ALONE {
  if (row === undefined) return AGAIN;
  return row.locked ? ALONE : row;
}
