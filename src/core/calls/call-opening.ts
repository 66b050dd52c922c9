import { AGAIN, ALONE, coalesce } from '../../platform/database/coalesce.ts';
import type { Database } from '../../platform/database/database.ts';
import { isCommon, type OpenedRow, openedCall, openMany, openOne } from './open-call-store.ts';
import type { OpenedCall, Opening } from './opening.ts';

export type OpenCall = (opening: Opening) => Promise<OpenedCall>;

/** Opens calls: simultaneous ones together, as far as they are of the common kind. @throws as openedCall */
export function createCallOpening(database: Database): OpenCall {
  const openTogether = coalesce<Opening, OpenedRow>({
    alone: (opening) => openOne(database, opening),
    together: async (openings) => (await openMany(database, openings)).map(outcomeOf),
    keyOf: ({ token }) => token.hash.toString('base64'),
  });
  return async (opening) => {
    const row = isCommon(opening) ? await openTogether(opening) : await openOne(database, opening);
    return openedCall(row, opening);
  };
}

function outcomeOf(row: OpenedRow): OpenedRow | typeof AGAIN | typeof ALONE {
  if (row.refusal === 'again') return AGAIN;
  return row.refusal === 'locked' ? ALONE : row;
}
