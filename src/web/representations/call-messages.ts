import { Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { dateTime, oneOf, textOrNull } from '../../platform/http/openapi/values.ts';
import { callProperties, sharedProperties } from './call-properties.ts';
import { SAMPLES } from './samples.ts';

/** The change of a call, with the call right after the change. */
const messageProperties = {
  type: oneOf(CALL_STATES, 'The new state of the call.', 'connected'),
  timestamp: dateTime('When the call changed.', '2026-01-31T08:30:09.120Z'),
  data: Type.Object({
    callId: callProperties.id,
    client: callProperties.client,
    sequence: Type.Integer({ description: 'Counts the changes of all calls of the user.', examples: [5] }),
    caller: textOrNull('E.164; null for a user without a number.', SAMPLES.caller),
    callee: Type.String({ description: 'E.164.', examples: [SAMPLES.callee] }),
    state: oneOf(CALL_STATES, 'The same as `type`.', 'connected'),
    ...sharedProperties,
  }),
};

const DESCRIPTION = 'A change of a call, with the call right after the change.';

/** What a webhook receives; the header `webhook-id` has the id of the event. */
export const WebhookMessage = Type.Object(messageProperties, {
  title: 'WebhookMessage',
  description: DESCRIPTION,
});

/** The same message in responses and streams. */
export const CallEventResource = Type.Object(
  {
    id: Type.String({
      description: 'UUID; the same as `webhook-id` in webhooks.',
      examples: [SAMPLES.event],
    }),
    ...messageProperties,
  },
  { title: 'CallEvent', description: DESCRIPTION },
);
