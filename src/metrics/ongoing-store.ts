import type { CallState } from '../calls/call.ts';
import type { Queryable } from '../database/database.ts';

export interface OngoingCount {
  readonly state: CallState;
  readonly carrier: string;
  readonly calls: number;
}

/** Of all nodes. */
export function countOngoing(db: Queryable): Promise<OngoingCount[]> {
  return db.query<OngoingCount>({
    name: 'count_ongoing',
    text: `SELECT state, carrier, count(*)::integer AS calls FROM calls WHERE ended_at IS NULL GROUP BY 1, 2`,
  });
}
