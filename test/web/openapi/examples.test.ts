import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorClasses } from '../../../scripts/docs/error-classes.ts';
import { startApp } from '../../harness/app.ts';
import { createConformance } from './conformance.ts';
import { inPlace, type MediaType, operationsOf, readDefinition, type Schema } from './definition.ts';

const app = await startApp();
const definition = await readDefinition(app);
const { assertFits } = createConformance(definition);

/** Pages, files and XML have no example; a tool derives that of XML from the schema. */
const WITHOUT = ['text/html', 'application/xml', 'audio/wav', 'text/csv', 'application/x-ndjson'];

interface Body {
  readonly place: readonly string[];
  readonly type: string;
  readonly media: MediaType;
}

function bodiesIn(value: unknown, place: readonly string[] = []): Body[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) =>
    name === 'content'
      ? Object.entries(child as Record<string, MediaType>).map(([type, media]) => ({
          place: [...place, name, type],
          type,
          media,
        }))
      : bodiesIn(child, [...place, name]),
  );
}

const { components, ...rest } = definition;
const bodies = [...bodiesIn(rest), ...bodiesIn({ responses: components.responses }, ['components'])];

test('every body of the definition, also of callbacks and webhooks, has an example', () => {
  assert.ok(operationsOf(definition).length > 80);
  const described = bodies.filter(({ type }) => !WITHOUT.includes(type));
  assert.ok(described.length > 150, `${described.length}`);
  const missing = described.filter(({ media }) => !('example' in media || 'examples' in media));
  assert.deepEqual(
    missing.map(({ place }) => place.join('/')),
    [],
  );
});

test('every example conforms to its schema, and has nothing that the schema does not mention', () => {
  for (const { place, media } of bodies) {
    const examples = Object.values(media.examples ?? {}).map(({ value }) => value);
    for (const value of 'example' in media ? [media.example] : examples)
      assertFits(value, [...place, 'schema']);
  }
});

test('an example is a whole call, with the values of the demo data', () => {
  const call = definition.paths['/api/v1/calls/{callId}']?.['get']?.responses['200'];
  assert.deepEqual(call?.content?.['application/json']?.example, {
    id: '6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70',
    client: 'demo-app',
    caller: '+447700900000',
    callee: '+12025550133',
    state: 'connected',
    reason: null,
    endedBy: null,
    ringTimeout: 30,
    timeLimit: 3600,
    deadlineAt: '2026-01-31T09:30:09.120Z',
    clientReference: 'ticket-4711',
    metadata: { customer: '4711' },
    recordingEnabled: false,
    recordingResult: null,
    createdAt: '2026-01-31T08:30:00.000Z',
    callerAnsweredAt: '2026-01-31T08:30:04.310Z',
    connectedAt: '2026-01-31T08:30:09.120Z',
    endedAt: null,
    duration: null,
  });
});

/** The JSON bodies of errors: each has one example for each code. */
const errors = operationsOf(inPlace(definition)).flatMap(({ method, path, responses }) =>
  Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([status, { description, content = {} }]) => {
      const media = content['application/problem+json'] ?? content['application/json'] ?? assert.fail();
      const values = Object.values(media.examples ?? {}).map(({ value }) => value as object);
      const { allOf = [] } = media.schema;
      const properties = allOf.flatMap((each) => Object.keys(resolve(each).properties ?? {}));
      const isError = properties.includes('error') || properties.includes('code'); // an unhealthy server answers 503 without one
      return isError ? [{ place: `${method} ${path} ${status}`, description, properties, values }] : [];
    }),
);

function resolve({ $ref, ...schema }: Schema): Schema {
  return $ref === undefined ? schema : (definition.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
}

test('a description of an error names no property that its body does not have', () => {
  const names = new Set(errors.flatMap(({ properties }) => properties));
  assert.ok(names.has('field') && names.has('reason') && names.has('scope'));
  for (const { place, description, properties } of errors) {
    const named = [...description.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    assert.deepEqual(
      named.filter((name) => names.has(name) && !properties.includes(name)),
      [],
      place,
    );
  }
});

test('an example of an error is a response of this server: plain text, and all its own properties', () => {
  const described = new Map<string, readonly string[]>();
  for (const { declaration } of errorClasses)
    described.set(declaration.code, Object.keys(declaration.details ?? {}));
  for (const { place, values } of errors) {
    assert.ok(values.length > 0, place);
    for (const value of values as Record<string, unknown>[]) {
      const text = value['detail'] ?? value['message'];
      assert.ok(typeof text === 'string' && text !== '', place);
      assert.doesNotMatch(text, /`|undefined|null/, place);
      const own = place.includes('/click-to-dial/')
        ? []
        : described.get(String(value['code'] ?? value['error']));
      for (const name of own ?? assert.fail(place)) assert.ok(value[name] !== undefined, `${place} ${name}`);
    }
  }
});

const exampleAt = (path: string, method: string, status: string) => {
  const { content = {} } = definition.paths[path]?.[method]?.responses[status] ?? assert.fail();
  return content['application/json']?.example as Record<string, unknown>;
};

test('the example of POST /api/v1/calls is a call that was just opened, as the request says', () => {
  const { requestBody } = definition.paths['/api/v1/calls']?.['post'] ?? assert.fail();
  const asked = requestBody?.content['application/json']?.example as object;
  const opened = exampleAt('/api/v1/calls', 'post', '201');
  const { state, callerAnsweredAt, connectedAt, endedAt } = opened;
  assert.deepEqual([state, callerAnsweredAt, connectedAt, endedAt], ['initiating', null, null, null]);
  for (const [name, value] of Object.entries(asked)) assert.deepEqual(opened[name], value, name);
});

test('the example of CAMARA’s 201 has the numbers of its request', () => {
  const path = '/click-to-dial/v0.2/calls';
  const { requestBody } = definition.paths[path]?.['post'] ?? assert.fail();
  const asked = requestBody?.content['application/json']?.example as Record<string, unknown>;
  const { caller, callee, status } = exampleAt(path, 'post', '201');
  assert.deepEqual([caller, callee, status], [asked['caller'], asked['callee'], 'initiating']);
});
