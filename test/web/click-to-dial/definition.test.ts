import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { type Definition, inPlace, readDefinition, type Schema } from '../openapi/definition.ts';
import { schemas, xCorrelator } from './camara-schemas.ts';

/** Compares the operations in /openapi.json with those of CAMARA Click to Dial 0.2.0. */

const BASE = '/click-to-dial/v0.2';
const served = inPlace(await readDefinition(await startApp()));

interface Facts {
  readonly operationId: string;
  readonly tag: string;
  readonly scope: string;
  readonly body?: object;
  readonly success: readonly [status: string, body?: object];
  /** The codes of the error responses that the definition has. */
  readonly errors: Readonly<Record<string, readonly string[]>>;
}

/** Of Commonalities 0.9.0. */
const COMMON = {
  '400': ['INVALID_ARGUMENT'], // inferred: the response without OUT_OF_RANGE
  '401': ['UNAUTHENTICATED'],
  '403': ['PERMISSION_DENIED'],
};
const NOT_FOUND = { '404': ['NOT_FOUND'] };

/** The one difference: a user without a number may have opened the call with another API, and then the caller is empty. */
const shownCall = {
  ...schemas.Call,
  properties: {
    ...schemas.Call.properties,
    caller: {
      ...schemas.Call.properties.caller,
      properties: { number: { type: 'string', maxLength: 16 } },
    },
  },
};

const operations: Readonly<Record<string, Facts>> = {
  'POST /calls': {
    ...{ operationId: 'createCall', tag: 'Calls', scope: 'click-to-dial:calls:create' },
    body: schemas.CreateCallRequest,
    success: ['201', shownCall],
    errors: {
      ...COMMON,
      '409': ['ALREADY_EXISTS'],
      '422': [
        'CLICK_TO_DIAL.INVALID_PHONE_NUMBER',
        'CLICK_TO_DIAL.SAME_CALLER_CALLEE',
        'CLICK_TO_DIAL.RECORDING_NOT_SUPPORTED',
        'CLICK_TO_DIAL.CALLER_NOT_AVAILABLE',
        'CLICK_TO_DIAL.CALLEE_NOT_AVAILABLE',
        'PRIVATE_KEY_JWT_NOT_CONFIGURED', // inferred: Commonalities has it beside EVENT_NOTIFICATIONS_NOT_SUPPORTED
      ],
    },
  },
  'GET /calls/{callId}': {
    ...{ operationId: 'getCall', tag: 'Calls', scope: 'click-to-dial:calls:read' },
    success: ['200', shownCall],
    errors: { ...COMMON, ...NOT_FOUND },
  },
  'DELETE /calls/{callId}': {
    ...{ operationId: 'terminateCall', tag: 'Calls', scope: 'click-to-dial:calls:delete' },
    success: ['204'],
    errors: { ...COMMON, ...NOT_FOUND, '409': ['INCOMPATIBLE_STATE'] },
  },
  'GET /calls/{callId}/recording': {
    ...{ operationId: 'getRecording', tag: 'Recording', scope: 'click-to-dial:recordings:read' },
    success: ['200', schemas.RecordingResource],
    errors: { ...COMMON, ...NOT_FOUND },
  },
};

/** Errors that the definition leaves to Commonalities, and 413 of HTTP. */
const UNDOCUMENTED: Readonly<Record<string, readonly string[]>> = {
  '413': ['INVALID_ARGUMENT'],
  '415': ['UNSUPPORTED_MEDIA_TYPE'],
  '429': ['QUOTA_EXCEEDED', 'TOO_MANY_REQUESTS'],
  '503': ['UNAVAILABLE'],
};
/** Of HTTP itself. */
const HTTP_HEADERS = ['Location', 'Retry-After', 'WWW-Authenticate'];

test('the path has exactly the operations of the definition', () => {
  const found = Object.entries(served.paths).flatMap(([path, item]) =>
    path.startsWith('/click-to-dial')
      ? Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(BASE, '')}`)
      : [],
  );
  assert.deepEqual(found.toSorted(), Object.keys(operations).toSorted());
});

for (const [name, facts] of Object.entries(operations)) {
  suite(name, () => {
    const operation = operationOf(served, name);
    const { responses, parameters = [], tags, security = [], requestBody } = operation;

    test('has the operationId, the tag and the scope', () => {
      assert.equal(operation.operationId, facts.operationId);
      assert.deepEqual(tags, [`CAMARA: ${facts.tag.toLowerCase()}`]);
      assert.ok(security.some(({ openId }) => openId?.includes(facts.scope)));
    });

    test('has the parameters', () => {
      const expected = [
        ...(name.includes('{callId}') ? [['path', 'callId', shapeOf(schemas.CallId)]] : []),
        ['header', 'x-correlator', shapeOf(xCorrelator)],
      ];
      assert.deepEqual(
        parameters.map((one) => [one.in, one.name, shapeOf(one.schema)]).toSorted(),
        expected.toSorted(),
      );
    });

    test('has the body of the request', () => {
      const schema = requestBody?.content['application/json']?.schema;
      assert.deepEqual(schema && shapeOf(schema), facts.body && shapeOf(facts.body));
    });

    test('has the response of success', () => {
      const [status, body] = facts.success;
      const schema = responses[status]?.content?.['application/json']?.schema;
      assert.deepEqual(schema && shapeOf(schema), body && shapeOf(body));
    });

    test('has the error responses, with the codes that this server returns', () => {
      for (const status of Object.keys(facts.errors)) assert.ok(responses[status], status);
      for (const [status, { content }] of Object.entries(responses)) {
        if (status === facts.success[0]) continue;
        const [info, own] = content?.['application/json']?.schema.allOf ?? [];
        assert.ok(info && own, status);
        assert.deepEqual(shapeOf(info), shapeOf(schemas.ErrorInfo));
        assert.deepEqual(Object.keys(own.properties ?? {}), ['status', 'code']);
        const allowed = facts.errors[status] ?? UNDOCUMENTED[status] ?? [];
        const codes = own.properties?.['code']?.enum ?? [];
        assert.ok(codes.length > 0);
        assert.deepEqual(
          codes.filter((code) => !allowed.includes(String(code))),
          [],
          status,
        );
      }
    });

    test('has x-correlator in every response, and otherwise only headers of HTTP', () => {
      for (const [status, { headers = {} }] of Object.entries(responses)) {
        const { 'x-correlator': correlator, ...further } = headers;
        assert.deepEqual(correlator && shapeOf(correlator.schema), shapeOf(xCorrelator), status);
        assert.deepEqual(
          Object.keys(further).filter((header) => !HTTP_HEADERS.includes(header)),
          [],
          status,
        );
      }
    });
  });
}

test('all codes of 422 are documented', () => {
  const { responses } = operationOf(served, 'POST /calls');
  const [, own] = responses['422']?.content?.['application/json']?.schema.allOf ?? [];
  assert.deepEqual(
    own?.properties?.['code']?.enum?.toSorted(),
    operations['POST /calls']?.errors['422']?.toSorted(),
  );
});

test('the callback has the event and x-correlator, and is acknowledged by 204', () => {
  const { callbacks } = operationOf(served, 'POST /calls') as { callbacks?: Callbacks };
  const callback = callbacks?.['callStatusChanged']?.['{$request.body#/sink}']?.['post'];
  const { requestBody, parameters = [], responses = {} } = callback ?? {};
  const event = requestBody?.content['application/cloudevents+json']?.schema;
  assert.deepEqual(event && shapeOf(event), shapeOf(schemas.CallStatusChangedEvent));
  assert.deepEqual(
    parameters.map((one) => [one.in, one.name, shapeOf(one.schema)]),
    [['header', 'x-correlator', shapeOf(xCorrelator)]],
  );
  assert.deepEqual(
    Object.keys(responses).filter((status) => status.startsWith('2')),
    ['204'],
  );
  assert.ok(responses['204']?.headers?.['x-correlator']);
});

type Operation = ReturnType<typeof operationOf>;
type Callbacks = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Operation>>>>>>;

function operationOf({ paths }: Definition, name: string) {
  const [method = '', path = ''] = name.split(' ');
  const operation = paths[BASE + path]?.[method.toLowerCase()];
  assert.ok(operation, name);
  return operation;
}

/** Keywords that say which values a schema allows. */
const KEYWORDS = [
  ...['type', 'enum', 'format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum', 'writeOnly'],
  'additionalProperties',
] as const;

/** @returns a schema without its texts, in one order, with the schemas that it refers to */
function shapeOf(schema: object): object {
  const { $ref, properties, required, ...keywords } = schema as Schema;
  const [, name] = /^#\/components\/schemas\/(.+)$/.exec($ref ?? '') ?? [];
  if (name !== undefined) return shapeOf(served.components.schemas[name] ?? {});
  const own = Object.entries(keywords).filter(([keyword]) =>
    (KEYWORDS as readonly string[]).includes(keyword),
  );
  return {
    ...Object.fromEntries(own.toSorted()),
    ...(required && { required: required.toSorted() }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([property, each]) => [property, shapeOf(each)]),
      ),
    }),
  };
}
