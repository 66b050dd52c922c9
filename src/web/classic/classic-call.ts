import { type Static, Type } from 'typebox';
import { CALL_STATES, type Call, durationSeconds } from '../../core/calls/call.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import type { XmlTree } from '../../platform/http/representation.ts';
import { durationText, secondText } from '../../platform/time-formats.ts';
import { SAMPLES } from '../representations/samples.ts';

export const ClassicCall = Type.Object(
  {
    info: Type.Object({
      duration: Type.String({ description: 'h:mm:ss; so far, for an ongoing call.', examples: ['0:12:05'] }),
      number: Type.String({ description: 'The callee, E.164.', examples: [SAMPLES.callee] }),
      token: Type.String({ description: 'The value for `token_call`.', examples: [SAMPLES.call] }),
      start: Type.String({ description: 'dd/mm/yyyy hh:mm:ss, UTC.', examples: ['31/01/2026 08:30:00'] }),
      end: Type.String({
        description: 'dd/mm/yyyy hh:mm:ss, UTC; or `Call Ongoing`.',
        examples: ['Call Ongoing'],
      }),
      state: oneOf(CALL_STATES, 'State of the call, as CAMARA names it.', 'connected'),
    }),
    user: Type.Object({ username: Type.String({ examples: [SAMPLES.user] }) }),
  },
  {
    title: 'ClassicCall',
    description: 'A call as in the API of 2012, with its state.',
    xml: { name: 'call' },
  },
);
export type ClassicCall = Static<typeof ClassicCall>;

/** A call as in the API of 2012, with its state. */
export function classicCall(call: Call, now: Date): ClassicCall {
  return {
    info: {
      duration: durationText(durationSeconds(call, now)),
      number: call.callee,
      token: call.id,
      start: dayAndTime(call.createdAt),
      end: call.endedAt ? dayAndTime(call.endedAt) : 'Call Ongoing',
      state: call.state,
    },
    user: { username: call.userName },
  };
}

/** The root element is `call` for one call, `calls` for a list. */
export function classicCallContent(call: Call) {
  const json = classicCall(call, new Date());
  return { json, xml: { call: json } satisfies XmlTree };
}

export function classicCallsContent(calls: readonly Call[]) {
  const now = new Date();
  const json = calls.map((call) => classicCall(call, now));
  return { json, xml: { calls: { call: json } } satisfies XmlTree };
}

/** dd/mm/yyyy hh:mm:ss, UTC */
function dayAndTime(time: Date): string {
  const [day = '', clock = ''] = secondText(time).split(' ');
  return `${day.split('-').reverse().join('/')} ${clock}`;
}
