/** A call as `row_to_json` writes it. */
export interface CallJson {
  readonly id: string;
  readonly user_id: string;
  readonly client_id: string;
  readonly caller: string;
  readonly callee: string;
  readonly state: string;
  readonly reason: string | null;
  readonly ended_by: string | null;
  readonly client_reference: string | null;
  readonly created_at: string;
  readonly connected_at: string | null;
  readonly ended_at: string | null;
}

/** The change of a call, with the properties of our own events. The service numbers no events. */
export function callEvent(call: CallJson) {
  const time = (at: string | null) => at && new Date(at).toISOString();
  const [connectedAt, endedAt] = [time(call.connected_at), time(call.ended_at)];
  return {
    type: call.state,
    timestamp: endedAt ?? connectedAt,
    data: {
      callId: call.id,
      client: call.client_id,
      sequence: 1,
      caller: call.caller,
      callee: call.callee,
      state: call.state,
      reason: call.reason,
      endedBy: call.ended_by,
      clientReference: call.client_reference,
      metadata: {},
      recordingEnabled: false,
      recordingResult: null,
      createdAt: time(call.created_at),
      callerAnsweredAt: null,
      connectedAt,
      endedAt,
      duration: endedAt && connectedAt && Math.floor((Date.parse(endedAt) - Date.parse(connectedAt)) / 1000),
    },
  };
}
