import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallResource } from '../../src/web/api/call-resource.ts';
import { NewCall } from '../../src/web/api/call-schemas.ts';
import { WebhookMessage } from '../../src/web/representations/call-messages.ts';
import { startApp } from '../harness/app.ts';
import { inPlace, operationsOf, readDefinition } from '../web/openapi/definition.ts';
import { readPage } from './markdown.ts';

const rows = readPage('docs/use-the-api/move-from-camara.md')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** What the right column names in one part of the table. */
function namesIn(part: string): string[] {
  let current = '';
  return rows.flatMap(([, heading = '', , right = '']) => {
    current = heading === '' ? current : heading;
    const names = [...right.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    return current === `**${part}**` ? names : [];
  });
}

/** What the row about `Idempotency-Key` names beside properties. */
const OF_KEYS = ['Idempotency-Key', 'idempotency_key_reused'];

const properties = (schema: { readonly properties: object }) => Object.keys(schema.properties);

test('the table has every property of a request, of a call and of an event, and no other', () => {
  const request = namesIn('request').filter((name) => !OF_KEYS.includes(name));
  assert.deepEqual(new Set(request), new Set(properties(NewCall)));
  assert.deepEqual(new Set(namesIn('call')), new Set(properties(CallResource)));
  const ofEvents = namesIn('events').filter((name) => name.startsWith('data.'));
  const inEvents = properties(WebhookMessage.properties.data).map((name) => `data.${name}`);
  assert.deepEqual(new Set(ofEvents), new Set(inEvents));
});

test('the table has every error of the operations that CAMARA has, too', async () => {
  const operations = operationsOf(inPlace(await readDefinition(await startApp())));
  const shared = ['openCall', 'showCall', 'endCall', 'downloadRecording'];
  const codes = operations
    .filter(({ operationId = '' }) => shared.includes(operationId))
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content }) => Object.keys(content?.['application/problem+json']?.examples ?? {}));
  const named = [...namesIn('errors'), ...namesIn('request')].filter((name) => name.includes('_'));
  assert.deepEqual(new Set(named), new Set(codes));
});
