/** The columns of a call in SQL, as `Call` has them; `c` is the row, `u` whatever has the user's name. */
export const CALL = `
  c.id, u.name AS "userName", c.client_id AS "clientId", c.caller, c.callee, c.state, c.reason,
  c.ended_by AS "endedBy", c.carrier, c.ring_timeout AS "ringTimeout", c.time_limit AS "timeLimit",
  c.deadline_at AS "deadlineAt", c.client_reference AS "clientReference", c.metadata,
  c.recording_enabled AS "recordingEnabled", c.recording_result AS "recordingResult",
  c.created_at AS "createdAt", c.caller_answered_at AS "callerAnsweredAt", c.connected_at AS "connectedAt", c.ended_at AS "endedAt", c.stripped_at AS "strippedAt"`;

/** The same of what a transition tells (CallChange). */
export const CHANGE =
  'c.id AS "callId", c.user_id AS "userId", c.state, c.reason, c.carrier, c.node_id AS "nodeId"';
