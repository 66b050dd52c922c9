import { type Static, Type } from 'typebox';
import {
  type Call,
  DISCONNECTION_REASONS,
  durationSeconds,
  ENDED_BY,
  RECORDING_RESULTS,
} from '../../core/calls/call.ts';
import { oneOrNull, textOrNull } from '../../platform/http/openapi/values.ts';
import { CallId, CallStatus, DateTime, extension } from './call-schemas.ts';

export const CallResource = Type.Object(
  {
    callId: CallId,
    caller: Type.Object({
      number: Type.String({ description: 'E.164; empty for a classic call of a user without a number' }),
    }),
    callee: Type.Object({ number: Type.String({ description: 'E.164' }) }),
    status: CallStatus,
    createdAt: DateTime,
    recordingEnabled: Type.Boolean(),
    clickToCall: Type.Object(
      {
        reason: oneOrNull(DISCONNECTION_REASONS, 'Why the call ended; null before that'),
        endedBy: oneOrNull(ENDED_BY, 'Who ended the call; null before that'),
        callerAnsweredAt: dateTimeOrNull('When the caller answered; null before that'),
        connectedAt: dateTimeOrNull('When the callee answered; null before that'),
        endedAt: dateTimeOrNull('When the call ended; null before that'),
        duration: Type.Integer({
          minimum: 0,
          description: 'Seconds since the callee answered, or until the call ended',
        }),
        deadline: Type.String({
          format: 'date-time',
          description: 'When the server ends the call, if nothing else does before',
        }),
        timeLimit: Type.Integer({ description: 'How long the call may be connected, in seconds' }),
        ringTimeout: Type.Integer({ description: 'How long each phone may ring, in seconds' }),
        recordingResult: oneOrNull(
          RECORDING_RESULTS,
          'Null before the call has ended, and if no recording was requested',
        ),
        clientReference: textOrNull('The application’s own reference for the call'),
        metadata: Type.Record(Type.String(), Type.String(), { description: 'The application’s own data' }),
        clientId: Type.String({ description: 'The application that opened the call' }),
      },
      { ...extension, description: 'Extension of this server' },
    ),
  },
  { title: 'CamaraCall', description: 'A call as CAMARA defines it.' },
);
export type CallResource = Static<typeof CallResource>;

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

function dateTimeOrNull(description: string) {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time', description });
}
