import { type Call, durationSeconds } from '../../core/calls/call.ts';
import type { Call as CallResource } from './call-schemas.ts';

/**
 * A call as CAMARA defines it, with the extensions of this server in `clickToCall`. The number of the caller is empty for a
 * classic call of a user without a number.
 */
export function callResource(call: Call, now: Date): CallResource {
  return {
    callId: call.id,
    caller: { number: call.caller ?? '' },
    callee: { number: call.callee },
    status: call.state,
    createdAt: call.createdAt.toISOString(),
    recordingEnabled: call.recordingEnabled,
    clickToCall: {
      reason: call.reason,
      endedBy: call.endedBy,
      callerAnsweredAt: call.callerAnsweredAt?.toISOString() ?? null,
      connectedAt: call.connectedAt?.toISOString() ?? null,
      endedAt: call.endedAt?.toISOString() ?? null,
      duration: durationSeconds(call, now),
      deadline: call.deadlineAt.toISOString(),
      timeLimit: call.timeLimit,
      ringTimeout: call.ringTimeout,
      recordingResult: call.recordingResult,
      clientReference: call.clientReference,
      metadata: { ...call.metadata },
      clientId: call.clientId,
    },
  };
}
