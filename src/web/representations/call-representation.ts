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
    user: Type.String({ description: 'Whose call it is, by name.' }),
    client: Type.String({ description: 'The client that opened it, by id.' }),
    caller: textOrNull('The user’s own number, E.164; null for a user without one, and once it is stripped.'),
    callee: textOrNull('E.164; null once it is stripped.'),
    state: oneOf(CALL_STATES, 'Where it is in its life.'),
    reason: oneOrNull(DISCONNECTION_REASONS, 'Why it ended; null while it goes on.'),
    endedBy: oneOrNull(ENDED_BY, 'Who ended it; null while it goes on.'),
    carrier: Type.String({ description: 'What makes its phones ring.' }),
    ringTimeout: Type.Integer({ description: 'How long each phone may ring, in seconds.' }),
    timeLimit: Type.Integer({ description: 'How long it may be connected, in seconds.' }),
    deadlineAt: dateTime('When it is ended at the latest.'),
    clientReference: textOrNull('The client’s own name for it.'),
    metadata: Type.Optional(
      Type.Record(Type.String(), Type.String(), {
        description: 'The client’s own words on it; in JSON alone.',
      }),
    ),
    recordingEnabled: Type.Boolean(),
    recordingResult: oneOrNull(
      RECORDING_RESULTS,
      'Null while it goes on, and where no recording was asked for.',
    ),
    createdAt: dateTime('When it was opened.'),
    connectedAt: dateTimeOrNull(
      'When the callee had answered, too; null for a call that never was connected.',
    ),
    endedAt: dateTimeOrNull('When it ended; null while it goes on.'),
    strippedAt: dateTimeOrNull(
      'When its numbers and its client’s words were removed; null while they are there.',
    ),
    duration: Type.Integer({
      minimum: 0,
      description: 'How long it was connected, so far: seconds since the callee answered.',
    }),
    callerAnsweredAt: dateTimeOrNull('When the caller had answered; null for a call whose caller never did.'),
  },
  { title: 'AdminCall', description: 'A call as administrators see it.', xml: { name: 'call' } },
);
export type AdminCall = Static<typeof AdminCall>;

/** A call as administrators see it; duration and limits in seconds, times in ISO 8601. */
export function adminCall(call: Call, now: Date): AdminCall {
  const { userName, clientId, callee, ...rest } = call;
  const known = call.strippedAt === null ? callee : null;
  return { ...rest, callee: known, user: userName, client: clientId, duration: durationSeconds(call, now) };
}

/** Without the client's own words, whose names need not be names of elements. */
export function adminCallInXml({ metadata: _, ...call }: AdminCall): XmlTree {
  return call;
}

/** Of an export, in its order. */
export const CALL_COLUMNS = Object.keys(AdminCall.properties) as (keyof AdminCall)[];

export function callCells(call: AdminCall): Cell[] {
  return CALL_COLUMNS.map((column) => call[column] ?? null);
}
