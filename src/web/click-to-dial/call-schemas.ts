import { type Static, Type } from 'typebox';
import { CALL_STATES } from '../../core/calls/call.ts';
import { RECORDING_TYPES } from '../../core/calls/recording.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { CorrelatorHeader } from '../../platform/http/correlator.ts';
import { oneOf } from '../../platform/http/openapi/values.ts';

/** The schemas of CAMARA Click to Dial 0.2.0-rc.1, with CAMARA's names. `clickToCall` holds the extensions of this server. */

const strict = { additionalProperties: false } as const;
/** Marks extensions in the API definition. */
export const extension = { 'x-extension': true } as const;

export const CallId = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[A-Za-z0-9._~:-]{1,256}$',
  description: 'Call identification',
  examples: ['6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70'],
});

export const CallParams = Type.Object({ callId: CallId });

/** Headers of every request. */
export const CamaraHeaders = Type.Object(CorrelatorHeader);

export const PhoneNumber = Type.String({
  pattern: E164_PATTERN,
  description: 'In international format, according to E.164, prefixed with +.',
  examples: ['+447700900123'],
});

const Party = Type.Object({ number: PhoneNumber }, strict);

export const DateTime = Type.String({ format: 'date-time', maxLength: 64, description: 'RFC 3339, UTC' });

/** Other types than ACCESSTOKEN are refused before this schema applies. */
const SinkCredential = Type.Object(
  {
    credentialType: oneOf(['ACCESSTOKEN'], 'How events are authorized'),
    accessToken: Type.String({ minLength: 1, maxLength: 4096, writeOnly: true }),
    accessTokenExpiresUtc: DateTime,
    accessTokenType: Type.Enum(['bearer'], { type: 'string', writeOnly: true }),
  },
  strict,
);

const Metadata = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9_.-]{1,40}$' }),
  Type.String({ maxLength: 500 }),
  {
    ...strict,
    maxProperties: 20,
    description: 'Up to 20 strings for the application’s own use',
  },
);

const ClientReference = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'The application’s own reference for the call',
});

export const CreateCallRequest = Type.Object(
  {
    caller: Party,
    callee: Party,
    sink: Type.Optional(
      Type.String({ format: 'uri', maxLength: 2048, description: 'Where events are sent' }),
    ),
    sinkCredential: Type.Optional(SinkCredential),
    recordingEnabled: Type.Optional(Type.Boolean()),
    clickToCall: Type.Optional(
      Type.Object(
        {
          timeLimit: Type.Optional(
            Type.Integer({
              minimum: 1,
              description: 'How long the call may be connected, in seconds',
            }),
          ),
          ringTimeout: Type.Optional(
            Type.Integer({ minimum: 1, description: 'How long each phone may ring, in seconds' }),
          ),
          clientReference: Type.Optional(ClientReference),
          metadata: Type.Optional(Metadata),
        },
        { ...strict, ...extension, description: 'Extension of this server' },
      ),
    ),
  },
  { ...strict, title: 'CreateCallRequest', description: 'Request to open a call.' },
);

export type CreateCallRequest = Static<typeof CreateCallRequest>;

export const CallStatus = oneOf(CALL_STATES, 'State of the call');

export const RecordingResource = Type.Object(
  {
    callId: CallId,
    content: Type.String({ contentEncoding: 'base64', description: 'Base64 encoded audio content' }),
    contentType: oneOf(RECORDING_TYPES, 'MIME type of the audio'),
    generatedAt: DateTime,
  },
  { title: 'RecordingResource', description: 'A recording.' },
);
export type RecordingResource = Static<typeof RecordingResource>;
