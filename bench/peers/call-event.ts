import type { CallRow } from './call-resource.ts';

/** The change of a call, with the properties of our own events. The service numbers no events. */
export function callEvent(call: CallRow<string>) {
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
