import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { createConformance } from './conformance.ts';
import { type MediaType, operationsOf, readDefinition } from './definition.ts';

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
