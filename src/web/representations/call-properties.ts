import { Type } from 'typebox';
import {
  CALL_STATES,
  type Call,
  DISCONNECTION_REASONS,
  durationSeconds,
  ENDED_BY,
  RECORDING_RESULTS,
} from '../../core/calls/call.ts';
import {
  dateTime,
  dateTimeOrNull,
  oneOf,
  oneOrNull,
  textOrNull,
} from '../../platform/http/openapi/values.ts';
import { SAMPLES } from './samples.ts';

/** The properties that a call and its events share. Times are RFC 3339, in UTC. */
export const sharedProperties = {
  reason: oneOrNull(DISCONNECTION_REASONS, 'Why the call ended; null before that.'),
  endedBy: oneOrNull(ENDED_BY, 'Who ended the call; null before that.'),
  clientReference: textOrNull('The client’s own reference for the call.', 'ticket-4711'),
  metadata: Type.Record(Type.String(), Type.String(), {
    description: 'The client’s own data.',
    examples: [{ customer: '4711' }],
  }),
  recordingEnabled: Type.Boolean({ description: 'Whether the call is recorded.' }),
  recordingResult: oneOrNull(
    RECORDING_RESULTS,
    'Null before the call has ended, and if no recording was requested.',
  ),
  createdAt: dateTime('When the call was opened.'),
  callerAnsweredAt: dateTimeOrNull('When the caller answered; null before that.', '2026-01-31T08:30:04.310Z'),
  connectedAt: dateTimeOrNull('When the callee answered; null before that.', '2026-01-31T08:30:09.120Z'),
  endedAt: dateTimeOrNull('When the call ended; null before that.'),
  /** Does not change while the call is ongoing, so that a client that polls sees only changes of the call. */
  duration: Type.Unsafe<number | null>({
    type: ['integer', 'null'],
    minimum: 0,
    description:
      'Seconds from the callee’s answer to the end, 0 without an answer; null before the call has ended.',
  }),
};

/** The properties of a call that both applications and administrators see. Administrators see another `duration`. */
export const callProperties = {
  id: Type.String({ description: 'Id of the call.', examples: [SAMPLES.call] }),
  client: Type.String({ description: 'Id of the client that opened the call.', examples: [SAMPLES.client] }),
  state: oneOf(CALL_STATES, 'State of the call.', 'connected'),
  ringTimeout: Type.Integer({ description: 'How long each phone may ring, in seconds.', examples: [30] }),
  timeLimit: Type.Integer({
    description: 'How long the call may be connected, in seconds.',
    examples: [3600],
  }),
  deadlineAt: dateTime(
    'When the server ends the call, if nothing else does before.',
    '2026-01-31T09:30:09.120Z',
  ),
  ...sharedProperties,
};

/** The values of these properties. */
export function shownCall(call: Call) {
  return {
    id: call.id,
    client: call.clientId,
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
