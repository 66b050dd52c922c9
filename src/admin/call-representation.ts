import { type Static, Type } from '@fastify/type-provider-typebox';
import { CALL_STATES, type Call, DISCONNECTION_REASONS, durationSeconds, ENDED_BY } from '../calls/call.ts';
import { textOrNull, time, timeOrNull } from '../http/openapi/response.ts';

export const AdminCall = Type.Object(
  {
    id: Type.String(),
    user: Type.String({ description: 'Whose call it is, by name.' }),
    client: Type.String({ description: 'The client that opened it, by id.' }),
    caller: textOrNull('The user’s own number, E.164; null for a user without one.'),
    callee: Type.String({ description: 'E.164.' }),
    state: Type.Enum([...CALL_STATES]),
    reason: Type.Unsafe<Call['reason']>({
      type: ['string', 'null'],
      enum: [...DISCONNECTION_REASONS, null],
      description: 'Why it ended; null while it goes on.',
    }),
    endedBy: Type.Unsafe<Call['endedBy']>({
      type: ['string', 'null'],
      enum: [...ENDED_BY, null],
      description: 'Who ended it; null while it goes on.',
    }),
    createdAt: time('When it was opened.'),
    connectedAt: timeOrNull('When both had answered; null for a call that never was connected.'),
    endedAt: timeOrNull('When it ended; null while it goes on.'),
    duration: Type.Integer({ minimum: 0, description: 'How long it was connected, so far, in seconds.' }),
  },
  { $id: 'AdminCall', title: 'A call as administrators see it', xml: { name: 'call' } },
);
export type AdminCall = Static<typeof AdminCall>;

/** A call as administrators see it; duration in seconds, times in ISO 8601. */
export function adminCall(call: Call, now: Date): AdminCall {
  const { userName, clientId, ...rest } = call;
  return { ...rest, user: userName, client: clientId, duration: durationSeconds(call, now) };
}
