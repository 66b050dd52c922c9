import { type Static, Type } from 'typebox';
import { type Call, durationSeconds } from '../../core/calls/call.ts';
import { exampleOf } from '../../platform/http/openapi/examples.ts';
import { textOrNull } from '../../platform/http/openapi/values.ts';
import { callProperties } from '../representations/call-properties.ts';
import { SAMPLES } from '../representations/samples.ts';

const { id, client, state, reason, endedBy, ...further } = callProperties;

export const CallResource = Type.Object(
  {
    id,
    client,
    caller: textOrNull('The user’s own number, E.164; null for a user without a number.', SAMPLES.caller),
    callee: Type.String({ description: 'E.164.', examples: [SAMPLES.callee] }),
    state,
    reason,
    endedBy,
    ...further,
  },
  { title: 'Call', description: 'A call.' },
);
export type CallResource = Static<typeof CallResource>;

/** A call that was just opened. */
export const OPENED = {
  ...(exampleOf(CallResource) as CallResource),
  state: 'initiating',
  deadlineAt: '2026-01-31T08:30:35.000Z',
  callerAnsweredAt: null,
  connectedAt: null,
};

/** A call as applications see it. */
export function callResource(call: Call): CallResource {
  return {
    id: call.id,
    client: call.clientId,
    caller: call.caller,
    callee: call.callee,
    state: call.state,
    reason: call.reason,
    endedBy: call.endedBy,
    ringTimeout: call.ringTimeout,
    timeLimit: call.timeLimit,
    deadlineAt: call.deadlineAt,
    clientReference: call.clientReference,
    metadata: { ...call.metadata },
    recordingEnabled: call.recordingEnabled,
    recordingResult: call.recordingResult,
    createdAt: call.createdAt,
    callerAnsweredAt: call.callerAnsweredAt,
    connectedAt: call.connectedAt,
    endedAt: call.endedAt,
    duration: call.endedAt && durationSeconds(call, call.endedAt),
  };
}
