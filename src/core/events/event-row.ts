import { callColumns } from '../calls/call-row.ts';
import { CALL_PROPERTIES } from './call-event.ts';

/** The columns of an event in SQL, as `CallEvent` has them; `e` is the row in call_events, `c` the call. */
export const EVENT = `
  e.id, e.seq::text AS sequence, e.state, e.reason, e.ended_by AS "endedBy", e.at, c.id AS "callId",
  ${callColumns(CALL_PROPERTIES)}`;
