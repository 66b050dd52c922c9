import { Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY, RECORDING_RESULTS } from '../../core/calls/call.ts';
import { oneOf, oneOrNull, textOrNull } from '../../platform/http/openapi/values.ts';
import { DateTime, extension } from './call-schemas.ts';

const Status = Type.Object({
  state: oneOf(CALL_STATES, 'State of the call'),
  reason: Type.Optional(
    oneOf(DISCONNECTION_REASONS, 'Why the call ended; only with the state `disconnected`'),
  ),
});

/** A CloudEvent 1.0 in structured mode, as CAMARA defines it. */
const CallStatusChangedEvent = Type.Object(
  {
    id: Type.String({ description: 'UUID; the same in every delivery attempt' }),
    source: Type.String({ format: 'uri-reference', description: 'This API' }),
    specversion: oneOf(['1.0'], 'Version of CloudEvents'),
    datacontenttype: oneOf(['application/json'], 'Content type of `data`'),
    type: oneOf(['org.camaraproject.click-to-dial.v0.status-changed'], 'The only event type'),
    time: DateTime,
    data: Type.Object({
      callId: Type.String(),
      caller: Type.String({ description: 'E.164' }),
      callee: Type.String({ description: 'E.164' }),
      status: Status,
      recordingResult: Type.Optional(
        oneOf(RECORDING_RESULTS, 'For an ended call that was opened with `recordingEnabled`'),
      ),
      callDuration: Type.Optional(
        Type.String({ pattern: '^[0-9]+$', description: 'Seconds; only with the state `disconnected`' }),
      ),
      timestamp: DateTime,
      clickToCall: Type.Object(
        {
          reason: oneOrNull(
            DISCONNECTION_REASONS,
            'Why the call ended, including failed calls; null before that',
          ),
          endedBy: oneOrNull(ENDED_BY, 'Who ended the call; null before that'),
          clientReference: textOrNull('The application’s own reference for the call'),
          metadata: Type.Record(Type.String(), Type.String(), {
            description: 'The application’s own data',
          }),
          clientId: Type.String({ description: 'The application that opened the call' }),
        },
        { ...extension, description: 'Extension of this server' },
      ),
    }),
  },
  { title: 'CallStatusChangedEvent', description: 'A change of a call, as sent to its sink.' },
);

/** The request that the sink of a call receives, under CAMARA's name. */
export const callStatusChanged = {
  '{$request.body#/sink}': {
    post: {
      summary: 'A call has changed',
      description:
        'Sent for every change of the call, with the token from `sinkCredential`. Retried for three days until the sink responds with 2XX, not before the time that the header `Retry-After` of its response gives.',
      security: [{ notificationsBearerAuth: [] }, {}],
      requestBody: {
        required: true,
        content: { 'application/cloudevents+json': { schema: CallStatusChangedEvent } },
      },
      responses: {
        '2XX': { description: 'The event was received.' },
        '410': { description: 'The sink gets no more events of the call.' },
        '4XX': { description: 'The event is sent again, as after a timeout.' },
      },
    },
  },
};
