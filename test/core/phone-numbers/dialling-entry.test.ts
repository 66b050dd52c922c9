import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAllowedEntries, readDiallingEntries } from '../../../src/core/phone-numbers/dialling-entry.ts';

test('entries are case-insensitive and may contain spaces', () => {
  assert.deepEqual(readDiallingEntries('gb , +44 20,Premium,SHARED-COST'), [
    'GB',
    '+4420',
    'premium',
    'shared-cost',
  ]);
});

test('an allow list cannot contain emergency numbers', () => {
  assert.throws(() => readAllowedEntries('GB,emergency'), /emergency numbers cannot be called/);
});
