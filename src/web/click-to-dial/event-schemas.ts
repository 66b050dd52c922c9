import { Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY, RECORDING_RESULTS } from '../../core/calls/call.ts';
import { oneOf, oneOrNull, textOrNull } from '../../platform/http/openapi/values.ts';
import { DateTime, extension } from './call-schemas.ts';

const Status = Type.Object({
  state: oneOf(CALL_STATES, 'Where the call is in its life'),
  reason: Type.Optional(oneOf(DISCONNECTION_REASONS, 'Why it ended; with the state `disconnected` alone')),
});

/** A CloudEvent 1.0 in structured mode, as CAMARA's definition has it. */
const CallStatusChangedEvent = Type.Object(
  {
    id: Type.String({ description: 'UUID; the same at each attempt to deliver it' }),
    source: Type.String({ format: 'uri-reference', description: 'This API' }),
    specversion: oneOf(['1.0'], 'Of CloudEvents'),
    datacontenttype: oneOf(['application/json'], 'Of `data`'),
    type: oneOf(['org.camaraproject.click-to-dial.v0.status-changed'], 'The only one there is'),
    time: DateTime,
    data: Type.Object({
      callId: Type.String(),
      caller: Type.String({ description: 'E.164' }),
      callee: Type.String({ description: 'E.164' }),
      status: Status,
      recordingResult: Type.Optional(
        oneOf(RECORDING_RESULTS, 'Of a call that has ended and was to be recorded'),
      ),
      callDuration: Type.Optional(
        Type.String({ pattern: '^[0-9]+$', description: 'Seconds; with the state `disconnected` alone' }),
      ),
      timestamp: DateTime,
      clickToCall: Type.Object(
        {
          reason: oneOrNull(
            DISCONNECTION_REASONS,
            'Why it ended, also when it failed; null while it goes on',
          ),
          endedBy: oneOrNull(ENDED_BY, 'Who ended it; null while it goes on'),
          clientReference: textOrNull('The application’s own name for the call'),
          metadata: Type.Record(Type.String(), Type.String(), {
            description: 'The application’s own words',
          }),
          clientId: Type.String({ description: 'The application that opened the call' }),
        },
        { ...extension, description: 'Extension of this server' },
      ),
    }),
  },
  { title: 'CallStatusChangedEvent', description: 'A change of a call, as its sink is told of it.' },
);

/** What the sink of a call gets, under CAMARA's name. */
export const callStatusChanged = {
  '{$request.body#/sink}': {
    post: {
      summary: 'A call has changed',
      description:
        'Sent for every change of the call, with the token of `sinkCredential`. Sent again, for three days, until it is answered with 2XX.',
      security: [{ notificationsBearerAuth: [] }, {}],
      requestBody: {
        required: true,
        content: { 'application/cloudevents+json': { schema: CallStatusChangedEvent } },
      },
      responses: {
        '2XX': { description: 'The event has come.' },
        '4XX': { description: 'It is sent again, as it is when nothing comes in time.' },
      },
    },
  },
};
