import { Type } from 'typebox';
import { CALL_STATES, RECORDING_RESULTS } from '../../core/calls/call.ts';
import { CAMARA_REASONS } from '../../core/events/camara-reasons.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from '../representations/samples.ts';
import { CallId, DateTime, PhoneNumber } from './call-schemas.ts';

const Status = Type.Object(
  {
    state: oneOf(CALL_STATES, 'State of the call'),
    reason: Type.Optional(oneOf(CAMARA_REASONS, 'Why the call ended; only with the state `disconnected`')),
  },
  { examples: [{ state: 'connected' }] },
);

/** A CloudEvent 1.0 in structured mode, as CAMARA defines it. */
const CallStatusChangedEvent = Type.Object(
  {
    id: Type.String({
      maxLength: 256,
      description: 'UUID; the same in every delivery attempt',
      examples: [SAMPLES.event],
    }),
    source: Type.String({
      format: 'uri-reference',
      minLength: 1,
      maxLength: 2048,
      description: 'This API',
      examples: ['http://localhost:8888/click-to-dial/v0.2'],
    }),
    type: oneOf(['org.camaraproject.click-to-dial.v0.status-changed'], 'The only event type'),
    specversion: oneOf(['1.0'], 'Version of CloudEvents'),
    datacontenttype: Type.Optional(oneOf(['application/json'], 'Content type of `data`')),
    time: DateTime,
    data: Type.Object({
      callId: CallId,
      caller: PhoneNumber,
      callee: PhoneNumber,
      status: Status,
      recordingResult: Type.Optional(
        oneOf(RECORDING_RESULTS, 'For an ended call that was opened with `recordingEnabled`'),
      ),
      callDuration: Type.Optional(
        Type.String({
          maxLength: 256,
          pattern: '^[0-9]+$',
          description: 'Seconds; only with the state `disconnected`',
        }),
      ),
      timestamp: DateTime,
    }),
  },
  { title: 'CallStatusChangedEvent', description: 'A change of a call, as sent to its sink.' },
);

const { 'x-correlator': correlator } = CorrelatorHeader;

/** The request that the sink of a call receives, under CAMARA's name. */
export const callStatusChanged = {
  '{$request.body#/sink}': {
    post: {
      summary: 'A call has changed',
      description:
        'Sent for every change of the call, with the token from `sinkCredential`. Any 2XX response acknowledges the event. Otherwise it is sent again for three days, not before the time that the header `Retry-After` of the response gives.',
      security: [{ notificationsBearerAuth: [] }, {}],
      parameters: [
        {
          name: 'x-correlator',
          in: 'header',
          required: true,
          description: 'The correlation id of the request that opened the call',
          schema: correlator,
        },
      ],
      requestBody: {
        required: true,
        content: { 'application/cloudevents+json': { schema: CallStatusChangedEvent } },
      },
      responses: {
        '204': {
          description: 'The event was received.',
          headers: { 'x-correlator': { schema: correlator } },
        },
        '410': { description: 'The sink gets no more events of the call.' },
        '4XX': { description: 'The event is sent again, as after a timeout.' },
        '5XX': { description: 'The event is sent again, as after a timeout.' },
      },
    },
  },
};
