import { type Static, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { RECORDING_TYPES } from '../../core/calls/recording.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';
import { SAMPLES } from '../representations/samples.ts';

/** The schemas of CAMARA Click to Dial 0.2.0, with CAMARA's names. */

const strict = { additionalProperties: false } as const;

export const CallId = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[A-Za-z0-9._~:-]{1,256}$',
  description: 'Call identification',
  examples: [SAMPLES.call],
});

export const CallParams = Type.Object({ callId: CallId });

/** Headers of every request. */
export const CamaraHeaders = Type.Object(CorrelatorHeader);

const numberLength = { maxLength: 16 } as const;

export const PhoneNumber = Type.String({
  ...numberLength,
  pattern: E164_PATTERN,
  description: 'In international format, according to E.164, prefixed with +.',
  examples: [SAMPLES.callee],
});

export const Party = Type.Object({ number: PhoneNumber }, strict);

/** Without CAMARA's pattern, because other APIs also open calls for users without a number. */
export const ShownCaller = Type.Object(
  {
    number: Type.String({
      ...numberLength,
      description: 'E.164; empty if a user without a number opened the call with another API.',
      examples: [SAMPLES.caller],
    }),
  },
  strict,
);

export const DateTime = Type.String({ format: 'date-time', maxLength: 64, description: 'RFC 3339, UTC' });

export const SINK_PATTERN = '^https:\\/\\/.+$';

export const Sink = Type.String({
  format: 'uri',
  pattern: SINK_PATTERN,
  maxLength: 2048,
  description: 'Where the events of the call are sent',
  examples: ['https://endpoint.example.com/sink'],
});

/** Other types than ACCESSTOKEN are refused before this schema applies. */
const SinkCredential = Type.Object(
  {
    credentialType: oneOf(
      ['ACCESSTOKEN'],
      'How events are authorized. `PRIVATE_KEY_JWT` is refused with `PRIVATE_KEY_JWT_NOT_CONFIGURED`.',
    ),
    accessToken: Type.String({ maxLength: 4096, writeOnly: true }),
    accessTokenExpiresUtc: DateTime,
    accessTokenType: Type.Enum(['bearer'], { type: 'string', writeOnly: true }),
  },
  strict,
);

export const CreateCallRequest = Type.Object(
  {
    caller: Party,
    callee: Party,
    sink: Type.Optional(Sink),
    sinkCredential: Type.Optional(SinkCredential),
    recordingEnabled: Type.Optional(Type.Boolean()),
  },
  {
    ...strict,
    title: 'CreateCallRequest',
    description: 'Request to open a call.',
    examples: [{ caller: { number: SAMPLES.caller }, callee: { number: SAMPLES.callee } }],
  },
);

export type CreateCallRequest = Static<typeof CreateCallRequest>;

export const CallStatus = oneOf(CALL_STATES, 'State of the call');

export const RecordingResource = Type.Object(
  {
    callId: CallId,
    content: Type.String({
      format: 'byte',
      maxLength: 20_971_520,
      description: 'Base64 encoded audio content',
      examples: ['UklGRiQAAABXQVZF'],
    }),
    contentType: oneOf(RECORDING_TYPES, 'MIME type of the audio'),
    generatedAt: Type.Optional(DateTime),
  },
  { title: 'RecordingResource', description: 'A recording.' },
);
export type RecordingResource = Static<typeof RecordingResource>;
