import { AGAIN, ALONE, coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import type { OpenedCall, OpenRequest } from './new-call.ts';
import { type OpenedRow, openCalls, openedCall } from './open-call-store.ts';

export interface OpenCall {
  (request: OpenRequest): Promise<OpenedCall>;
  /** As in coalesce.ts. */
  backlogMs(): number;
}

/** An event is as old as the statement that opened its call: small statements, one at a time, halve the delay of live events. */
const MAX_BATCH = 16;

/** Opens calls; simultaneous requests share a statement. @throws as openedCall */
export function createCallOpener(database: Database): OpenCall {
  const open = coalesce<OpenRequest, OpenedRow>({
    answer: async (requests, alone) => (await openCalls(database, requests, alone)).map(answerOf),
    maxBatch: MAX_BATCH,
    maxBatches: 1,
    keyOf: ({ token }) => token.hash.toString('base64'),
  });
  return Object.assign(async (request: OpenRequest) => openedCall(await open(request), request), {
    backlogMs: open.backlogMs,
  });
}

function answerOf(row: OpenedRow): OpenedRow | typeof AGAIN | typeof ALONE {
  if (row.decision === 'again') return AGAIN;
  return row.decision === 'locked' ? ALONE : row;
}
