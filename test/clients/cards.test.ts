import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { cards } from './cards.ts';

test('each client of the documentation has a test file, and each test file is of one', () => {
  const files = globSync('*.clients.test.ts', { cwd: import.meta.dirname });
  assert.deepEqual(
    files.map((file) => file.replace('.clients.test.ts', '')).toSorted(),
    Object.keys(cards).toSorted(),
  );
});
