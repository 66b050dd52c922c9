import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

/**
 * The schemas of CAMARA Click to Dial 0.2.0. They are those of 0.2.0-rc.1 with the changes that the release notes of 0.2.0-rc.2
 * and 0.2.0 list. Lines marked as inferred are not in the notes word for word: their details are from Commonalities 0.9.0.
 */

const callId = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[A-Za-z0-9._~:-]{1,256}$' };
const phoneNumber = { type: 'string', pattern: '^\\+[1-9][0-9]{4,14}$', maxLength: 16 };
const party = {
  type: 'object',
  additionalProperties: false,
  properties: { number: phoneNumber },
  required: ['number'],
};
const dateTime = { type: 'string', format: 'date-time', maxLength: 64 };
const state = {
  type: 'string',
  enum: ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'],
};
const reason = {
  type: 'string',
  enum: [
    ...['hangUp', 'callerBusy', 'callerNoAnswer', 'callerFailure', 'callerAbandon'],
    ...['calleeBusy', 'calleeNoAnswer', 'calleeFailure', 'other'],
  ],
};
const sink = {
  type: 'string',
  format: 'uri',
  pattern: '^https:\\/\\/.+$', // inferred: the notes say "HTTPS URLs"
  maxLength: 2048,
};

export const xCorrelator = { type: 'string', pattern: '^[a-zA-Z0-9-_:;.\\/<>{}]{0,256}$', maxLength: 256 };

export const schemas = {
  CallId: callId,
  CreateCallRequest: {
    type: 'object',
    additionalProperties: false,
    properties: {
      caller: party,
      callee: party,
      sink,
      // AccessTokenCredential. The definition also has PRIVATE_KEY_JWT, which this server refuses.
      sinkCredential: {
        type: 'object',
        additionalProperties: false,
        properties: {
          credentialType: { type: 'string', enum: ['ACCESSTOKEN'] },
          accessToken: { type: 'string', maxLength: 4096, writeOnly: true },
          accessTokenExpiresUtc: dateTime,
          accessTokenType: { type: 'string', enum: ['bearer'], writeOnly: true },
        },
        required: ['credentialType', 'accessToken', 'accessTokenExpiresUtc', 'accessTokenType'],
      },
      recordingEnabled: { type: 'boolean' },
    },
    required: ['caller', 'callee'],
  },
  Call: {
    type: 'object',
    properties: {
      callId,
      caller: party,
      callee: party,
      status: state,
      createdAt: dateTime,
      recordingEnabled: { type: 'boolean' },
      sink, // inferred: the same schema as in the request
    },
    required: ['callId', 'caller', 'callee', 'status', 'createdAt'],
  },
  ErrorInfo: {
    type: 'object',
    properties: {
      status: { type: 'integer', format: 'int32', minimum: 100, maximum: 599 },
      code: { type: 'string', maxLength: 96 },
      message: { type: 'string', maxLength: 512 },
    },
    required: ['status', 'code', 'message'],
  },
  RecordingResource: {
    type: 'object',
    properties: {
      callId,
      content: { type: 'string', format: 'byte', maxLength: 20_971_520 },
      contentType: { type: 'string', enum: ['audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg'] },
      generatedAt: dateTime,
    },
    required: ['callId', 'content', 'contentType'],
  },
  CallStatusChangedEvent: {
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 256 },
      source: { type: 'string', format: 'uri-reference', minLength: 1, maxLength: 2048 },
      type: { type: 'string', enum: ['org.camaraproject.click-to-dial.v0.status-changed'] },
      specversion: { type: 'string', enum: ['1.0'] },
      datacontenttype: { type: 'string', enum: ['application/json'] },
      time: dateTime,
      data: {
        type: 'object',
        properties: {
          callId,
          caller: phoneNumber,
          callee: phoneNumber,
          status: { type: 'object', properties: { state, reason }, required: ['state'] },
          recordingResult: { type: 'string', enum: ['success', 'noRecord', 'fail'] },
          callDuration: { type: 'string', maxLength: 256, pattern: '^[0-9]+$' },
          timestamp: dateTime,
        },
        required: ['callId', 'caller', 'callee', 'status', 'timestamp'],
      },
    },
    required: ['id', 'source', 'specversion', 'type', 'time', 'data'],
  },
};

const ajv = new Ajv({ strict: true, allErrors: true });
addFormats.default(ajv);
const validators = Object.fromEntries(
  Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(closed(schema))]),
);

/** Asserts that a value has the form that CAMARA gives to `name`, and no property that CAMARA does not have. */
export function assertIs(name: keyof typeof schemas, value: unknown): void {
  const validate = validators[name];
  assert.ok(validate?.(value), `${ajv.errorsText(validate?.errors)} in ${JSON.stringify(value)}`);
}

/** The schema, whose objects allow no further properties. */
function closed(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (_name, value) =>
    value?.type === 'object' ? { ...value, additionalProperties: false } : value,
  );
}
