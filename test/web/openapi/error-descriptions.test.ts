import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { descriptions } from '../../../src/platform/http/openapi/error-descriptions.ts';

const documented = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('the definition describes errors in the words of docs/errors.md', () => {
  assert.ok(descriptions.length > 15);
  const missing = descriptions.filter(([, words]) => !documented.includes(words));
  assert.deepEqual(missing, []);
});
