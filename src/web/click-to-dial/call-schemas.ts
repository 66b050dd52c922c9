import { type Static, Type } from 'typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY, RECORDING_RESULTS } from '../../core/calls/call.ts';
import { E164_PATTERN } from '../../core/phone-numbers/phone-number.ts';
import { oneOf, oneOrNull, textOrNull } from '../../platform/http/openapi/values.ts';

/** The schemas of CAMARA Click to Dial 0.2.0-rc.1, by its names, with what this server adds in `clickToCall`. */

const strict = { additionalProperties: false } as const;
/** Marks what CAMARA's definition does not have. */
export const extension = { 'x-extension': true } as const;

export const CallId = Type.String({
  minLength: 1,
  maxLength: 256,
  pattern: '^[A-Za-z0-9._~:-]{1,256}$',
  description: 'Call identification',
  examples: ['6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70'],
});

export const PhoneNumber = Type.String({
  pattern: E164_PATTERN,
  description: 'In international format, according to E.164, prefixed with +.',
  examples: ['+447700900123'],
});

const Party = Type.Object({ number: PhoneNumber }, strict);

export const DateTime = Type.String({ format: 'date-time', maxLength: 64, description: 'RFC 3339, UTC' });

/** Another type than ACCESSTOKEN is refused before this judges it. */
const SinkCredential = Type.Object(
  {
    credentialType: oneOf(['ACCESSTOKEN'], 'How events are to be authorized'),
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
    description: 'Up to 20 strings of the application’s own',
  },
);

const ClientReference = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'The application’s own name for the call',
});

export const CreateCallRequest = Type.Object(
  {
    caller: Party,
    callee: Party,
    sink: Type.Optional(Type.String({ format: 'uri', maxLength: 2048, description: 'Where events go' })),
    sinkCredential: Type.Optional(SinkCredential),
    recordingEnabled: Type.Optional(Type.Boolean()),
    clickToCall: Type.Optional(
      Type.Object(
        {
          timeLimit: Type.Optional(
            Type.Integer({
              minimum: 1,
              description: 'Seconds from connection after which the call is ended',
            }),
          ),
          ringTimeout: Type.Optional(
            Type.Integer({ minimum: 1, description: 'Seconds that each phone rings' }),
          ),
          clientReference: Type.Optional(ClientReference),
          metadata: Type.Optional(Metadata),
        },
        { ...strict, ...extension, description: 'Extension of this server' },
      ),
    ),
  },
  { ...strict, title: 'CreateCallRequest', description: 'A call to be opened.' },
);

export type CreateCallRequest = Static<typeof CreateCallRequest>;

export const CallStatus = oneOf(CALL_STATES, 'Where the call is in its life');

export const Call = Type.Object(
  {
    callId: CallId,
    caller: Type.Object({
      number: Type.String({ description: 'E.164; empty for a classic call of a user without a number' }),
    }),
    callee: Type.Object({ number: Type.String({ description: 'E.164' }) }),
    status: CallStatus,
    createdAt: DateTime,
    recordingEnabled: Type.Boolean(),
    clickToCall: Type.Object(
      {
        reason: oneOrNull(DISCONNECTION_REASONS, 'Why it ended; null while it goes on'),
        endedBy: oneOrNull(ENDED_BY, 'Who ended it; null while it goes on'),
        callerAnsweredAt: dateTimeOrNull('When the caller had answered'),
        connectedAt: dateTimeOrNull('When the callee had answered, too'),
        endedAt: dateTimeOrNull('When it ended; null while it goes on'),
        duration: Type.Integer({ minimum: 0, description: 'Seconds since the callee answered' }),
        deadline: Type.String({ format: 'date-time', description: 'When it is ended at the latest' }),
        timeLimit: Type.Integer({ description: 'Seconds from connection after which it is ended' }),
        ringTimeout: Type.Integer({ description: 'Seconds that each phone rings' }),
        recordingResult: oneOrNull(RECORDING_RESULTS, 'Null while it goes on, and where none was asked for'),
        clientReference: textOrNull('The application’s own name for the call'),
        metadata: Type.Record(Type.String(), Type.String(), { description: 'The application’s own words' }),
        clientId: Type.String({ description: 'The application that opened the call' }),
      },
      { ...extension, description: 'Extension of this server' },
    ),
  },
  { title: 'Call', description: 'A call.' },
);
export type Call = Static<typeof Call>;

export const RecordingResource = Type.Object(
  {
    callId: CallId,
    content: Type.String({ contentEncoding: 'base64', description: 'Base64 encoded audio content' }),
    contentType: oneOf(['audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg'], 'MIME type of the audio'),
    generatedAt: DateTime,
  },
  { title: 'RecordingResource', description: 'A recording.' },
);
export type RecordingResource = Static<typeof RecordingResource>;

function dateTimeOrNull(description: string) {
  return Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time', description });
}
