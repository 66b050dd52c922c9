import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

/** What CAMARA Click to Dial 0.2.0-rc.1 says of responses and events, as JSON Schema. */

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
  enum: ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected', 'failed'],
};
const reason = {
  enum: [
    ...['hangUp', 'callerBusy', 'callerNoAnswer', 'callerFailure', 'callerAbandon'],
    ...['calleeBusy', 'calleeNoAnswer', 'calleeFailure', 'other'],
  ],
};

const schemas = {
  Call: {
    type: 'object',
    properties: {
      callId,
      caller: party,
      callee: party,
      status: state,
      createdAt: dateTime,
      recordingEnabled: { type: 'boolean' },
    },
    required: ['callId', 'caller', 'callee', 'status', 'createdAt'],
  },
  ErrorInfo: {
    type: 'object',
    properties: {
      status: { type: 'integer', minimum: 100, maximum: 599 },
      code: { type: 'string', maxLength: 96 },
      message: { type: 'string', minLength: 1, maxLength: 512 },
    },
    required: ['status', 'code', 'message'],
  },
  RecordingResource: {
    type: 'object',
    properties: {
      callId,
      content: { type: 'string', format: 'byte', maxLength: 20_971_520 },
      contentType: { enum: ['audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg'] },
      generatedAt: dateTime,
    },
    required: ['callId', 'content', 'contentType'],
  },
  CallStatusChangedEvent: {
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 256 },
      source: { type: 'string', format: 'uri-reference', minLength: 1, maxLength: 2048 },
      type: { const: 'org.camaraproject.click-to-dial.v0.status-changed' },
      specversion: { const: '1.0' },
      datacontenttype: { const: 'application/json' },
      time: dateTime,
      data: {
        type: 'object',
        properties: {
          callId,
          caller: phoneNumber,
          callee: phoneNumber,
          status: { type: 'object', properties: { state, reason }, required: ['state'] },
          recordingResult: { enum: ['success', 'noRecord', 'fail'] },
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
  Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]),
);

/** The value has the form that CAMARA's definition gives to what it calls `name`. */
export function assertIs(name: keyof typeof schemas, value: unknown): void {
  const validate = validators[name];
  assert.ok(validate?.(value), `${ajv.errorsText(validate?.errors)} in ${JSON.stringify(value)}`);
}
