import { type Static, Type } from 'typebox';
import {
  CALL_STATES,
  type Call,
  DISCONNECTION_REASONS,
  durationSeconds,
  ENDED_BY,
  RECORDING_RESULTS,
} from '../../core/calls/call.ts';
import type { Cell } from '../../platform/http/export.ts';
import {
  dateTime,
  dateTimeOrNull,
  oneOf,
  oneOrNull,
  textOrNull,
} from '../../platform/http/openapi/values.ts';
import type { XmlTree } from '../../platform/http/representation.ts';

export const AdminCall = Type.Object(
  {
    id: Type.String(),
    user: Type.String({ description: 'Name of the user who places the call.' }),
    client: Type.String({ description: 'Id of the client that opened the call.' }),
    caller: textOrNull(
      'The user’s own number, E.164; null for a user without a number, and after retention removed it.',
    ),
    callee: textOrNull('E.164; null after retention removed it.'),
    state: oneOf(CALL_STATES, 'State of the call.'),
    reason: oneOrNull(DISCONNECTION_REASONS, 'Why the call ended; null before that.'),
    endedBy: oneOrNull(ENDED_BY, 'Who ended the call; null before that.'),
    carrier: Type.String({ description: 'What makes the phones ring.' }),
    ringTimeout: Type.Integer({ description: 'How long each phone may ring, in seconds.' }),
    timeLimit: Type.Integer({ description: 'How long the call may be connected, in seconds.' }),
    deadlineAt: dateTime('When the server ends the call, if nothing else does before.'),
    clientReference: textOrNull('The client’s own reference for the call.'),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'The client’s own data; only in JSON.',
      }),
    ),
    recordingEnabled: Type.Boolean(),
    recordingResult: oneOrNull(
      RECORDING_RESULTS,
      'Null before the call has ended, and if no recording was requested.',
    ),
    createdAt: dateTime('When the call was opened.'),
    connectedAt: dateTimeOrNull('When the callee answered; null for a call that was never connected.'),
    endedAt: dateTimeOrNull('When the call ended; null before that.'),
    strippedAt: dateTimeOrNull('When retention removed the numbers and the client’s data; null before that.'),
    duration: Type.Integer({
      minimum: 0,
      description: 'Seconds since the callee answered, or until the call ended.',
    }),
    callerAnsweredAt: dateTimeOrNull('When the caller answered; null before that.'),
  },
  { title: 'AdminCall', description: 'A call as administrators see it.', xml: { name: 'call' } },
);
export type AdminCall = Static<typeof AdminCall>;

/** A call as administrators see it; duration and limits in seconds, times in ISO 8601. */
export function adminCall(call: Call, now: Date): AdminCall {
  const { userName, clientId, callee, ...rest } = call;
  const calleeOrNull = call.strippedAt === null ? callee : null;
  return {
    ...rest,
    callee: calleeOrNull,
    user: userName,
    client: clientId,
    duration: durationSeconds(call, now),
  };
}

/** Leaves out the client's own data, whose names may not be valid names of XML elements. */
export function adminCallInXml({ metadata: _, ...call }: AdminCall): XmlTree {
  return call;
}

/** The columns of an export, in order. */
export const EXPORT_COLUMNS = Object.keys(AdminCall.properties) as (keyof AdminCall)[];

export function callCells(call: AdminCall): Cell[] {
  return EXPORT_COLUMNS.map((column) => call[column] ?? null);
}
