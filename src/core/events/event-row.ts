/** The columns of an event in SQL, as `CallEvent` has them; `e` is the row in call_events, `c` the call. */
export const EVENT = `
  e.id, e.seq::text AS sequence, e.state, e.reason, e.ended_by AS "endedBy", e.at, c.id AS "callId",
  c.client_id AS "clientId", c.caller, c.callee, c.client_reference AS "clientReference", c.metadata,
  c.recording_enabled AS "recordingEnabled", c.recording_result AS "recordingResult",
  c.created_at AS "createdAt", c.caller_answered_at AS "callerAnsweredAt", c.connected_at AS "connectedAt"`;
