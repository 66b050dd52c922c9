import { type Static, Type } from '@fastify/type-provider-typebox';
import { CALL_STATES, DISCONNECTION_REASONS, ENDED_BY, RECORDING_RESULTS } from '../calls/call.ts';
import { E164_PATTERN } from '../people/phone-number.ts';

/** The schemas of CAMARA Click to Dial 0.2.0-rc.1, by its names, with what this server adds in `clickToCall`. */

const strict = { additionalProperties: false } as const;

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
    credentialType: Type.Enum(['ACCESSTOKEN']),
    accessToken: Type.String({ minLength: 1, maxLength: 4096, writeOnly: true }),
    accessTokenExpiresUtc: DateTime,
    accessTokenType: Type.Enum(['bearer'], { writeOnly: true }),
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
        { ...strict, description: 'Extension of this server' },
      ),
    ),
  },
  strict,
);

export type CreateCallRequest = Static<typeof CreateCallRequest>;

const Nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const CallStatus = Type.Enum([...CALL_STATES], { description: 'Where the call is in its life' });

export const Call = Type.Object({
  callId: CallId,
  caller: Type.Object({ number: Type.String() }),
  callee: Type.Object({ number: Type.String() }),
  status: CallStatus,
  createdAt: DateTime,
  recordingEnabled: Type.Boolean(),
  clickToCall: Type.Object(
    {
      reason: Nullable(Type.Enum([...DISCONNECTION_REASONS])),
      endedBy: Nullable(Type.Enum([...ENDED_BY])),
      connectedAt: Nullable(DateTime),
      endedAt: Nullable(DateTime),
      duration: Type.Integer({ description: 'Seconds since, or from, connection' }),
      deadline: DateTime,
      timeLimit: Type.Integer(),
      ringTimeout: Type.Integer(),
      recordingResult: Nullable(Type.Enum([...RECORDING_RESULTS])),
      clientReference: Nullable(Type.String()),
      metadata: Type.Record(Type.String(), Type.String()),
      clientId: Type.String({ description: 'The application that opened the call' }),
    },
    { description: 'Extension of this server' },
  ),
});

export const RecordingResource = Type.Object({
  callId: CallId,
  content: Type.String({ contentEncoding: 'base64', description: 'Base64 encoded audio content' }),
  contentType: Type.Enum(['audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg']),
  generatedAt: DateTime,
});
