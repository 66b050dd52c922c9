import { type Static, Type } from 'typebox';
import type { Call } from '../../core/calls/call.ts';
import { exampleOf } from '../../platform/http/openapi/examples.ts';
import { textOrNull } from '../../platform/http/openapi/values.ts';
import { callProperties, shownCall } from '../representations/call-properties.ts';
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
  return { ...shownCall(call), caller: call.caller, callee: call.callee };
}
