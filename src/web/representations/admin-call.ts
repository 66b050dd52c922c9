import { type Static, Type } from 'typebox';
import { type Call, durationSeconds, LEGS } from '../../core/calls/call.ts';
import type { Cell } from '../../platform/http/export.ts';
import { dateTimeOrNull, oneOrNull, textOrNull } from '../../platform/http/openapi/values.ts';
import type { XmlTree } from '../../platform/http/representation.ts';
import { callProperties as properties, shownCall } from './call-properties.ts';
import { SAMPLES } from './samples.ts';

const integerOrNull = (description: string, example: number) =>
  Type.Unsafe<number | null>({ type: ['integer', 'null'], description, examples: [example] });

/** In the order of the columns of an export. */
export const AdminCall = Type.Object(
  {
    id: properties.id,
    user: Type.String({ description: 'Name of the user who places the call.', examples: [SAMPLES.user] }),
    client: properties.client,
    caller: textOrNull(
      'The user’s own number, E.164; null for a user without a number, and after retention removed it.',
      SAMPLES.caller,
    ),
    callee: textOrNull('E.164; null after retention removed it.', SAMPLES.callee),
    state: properties.state,
    reason: properties.reason,
    endedBy: properties.endedBy,
    carrier: Type.String({ description: 'What makes the phones ring.', examples: ['sip'] }),
    ringTimeout: properties.ringTimeout,
    timeLimit: properties.timeLimit,
    deadlineAt: properties.deadlineAt,
    clientReference: properties.clientReference,
    metadata: Type.Optional(
      Type.Unsafe<Readonly<Record<string, string>>>({
        ...properties.metadata,
        description: 'The client’s own data; only in JSON.',
      }),
    ),
    recordingEnabled: properties.recordingEnabled,
    recordingResult: properties.recordingResult,
    createdAt: properties.createdAt,
    connectedAt: properties.connectedAt,
    endedAt: properties.endedAt,
    strippedAt: dateTimeOrNull('When retention removed the numbers and the client’s data; null before that.'),
    duration: Type.Integer({
      minimum: 0,
      description: 'Seconds since the callee answered, or until the call ended.',
      examples: [42],
    }),
    callerAnsweredAt: properties.callerAnsweredAt,
    causeLeg: oneOrNull(
      LEGS,
      'The phone that the cause of the ending is about; this and the other causes are null if the carrier reported none.',
      'callee',
    ),
    sipStatus: integerOrNull('Status of the SIP response that ended the call.', 603),
    q850Cause: integerOrNull(
      'Cause of ITU-T Q.850, from the peer’s Reason header field or from Asterisk.',
      21,
    ),
    causeText: textOrNull(
      'The peer’s phrase, or the error of this server; null after retention removed it.',
      'Decline',
    ),
  },
  { title: 'AdminCall', description: 'A call as administrators see it.', xml: { name: 'call' } },
);
export type AdminCall = Static<typeof AdminCall>;

/** A call as administrators see it; duration and limits in seconds, times in ISO 8601. */
export function adminCall(call: Call, now: Date): AdminCall {
  return {
    ...shownCall(call),
    user: call.userName,
    caller: call.caller,
    callee: call.strippedAt === null ? call.callee : null,
    carrier: call.carrier,
    strippedAt: call.strippedAt,
    causeLeg: call.causeLeg,
    sipStatus: call.sipStatus,
    q850Cause: call.q850Cause,
    causeText: call.causeText,
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
