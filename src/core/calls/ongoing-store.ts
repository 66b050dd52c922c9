import type { Queryable } from '../../platform/database/database.ts';
import type { CallState } from './call.ts';

export interface OngoingCount {
  readonly state: CallState;
  readonly carrier: string;
  readonly calls: number;
}

/** Counts the ongoing calls of all nodes. */
export function countOngoing(db: Queryable): Promise<OngoingCount[]> {
  return db.query<OngoingCount>({
    name: 'count_ongoing',
    text: `SELECT state, carrier, count(*)::integer AS calls FROM calls WHERE ended_at IS NULL GROUP BY 1, 2`,
  });
}
