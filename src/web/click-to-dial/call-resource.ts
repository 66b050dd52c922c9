import { type Static, Type } from 'typebox';
import type { Call } from '../../core/calls/call.ts';
import { CallId, CallStatus, DateTime, Party, ShownCaller, Sink } from './call-schemas.ts';

export const CallResource = Type.Object(
  {
    callId: CallId,
    caller: ShownCaller,
    callee: Party,
    status: CallStatus,
    createdAt: DateTime,
    recordingEnabled: Type.Optional(Type.Boolean()),
    sink: Type.Optional(Sink),
  },
  { title: 'CamaraCall', description: 'A call as CAMARA defines it.' },
);
export type CallResource = Static<typeof CallResource>;

export function callResource(call: Call): CallResource {
  return {
    callId: call.id,
    caller: { number: call.caller ?? '' },
    callee: { number: call.callee },
    status: call.state,
    createdAt: call.createdAt.toISOString(),
    recordingEnabled: call.recordingEnabled,
    ...(call.sink !== null && { sink: call.sink }),
  };
}
