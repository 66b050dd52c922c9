import { callColumns } from '../calls/call-row.ts';
import { CALL_PROPERTIES } from './call-event.ts';

/** SQL that selects a `CallEvent`; `e` is the row of call_events, `c` the row of the call. */
export const EVENT = `
  e.id, e.seq::text AS sequence, e.state, e.reason, e.ended_by AS "endedBy", e.at, c.id AS "callId",
  ${callColumns(CALL_PROPERTIES)}`;
