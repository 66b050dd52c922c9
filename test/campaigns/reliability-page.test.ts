import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reliabilityPage } from './reliability-page.ts';

const FIRST = new Date('2024-02-03T23:59:59Z');
const LATER = new Date('2024-03-01T00:00:00Z');
const one = { campaign: 'one', results: [{ invariant: 'A', tried: '1 ×', found: 'none' }] };
const two = { campaign: 'two', results: [{ invariant: 'Z', tried: '2 × this|that', found: 'none\nlost' }] };

const rows = (page: string) => page.split('\n').filter((line) => line.startsWith('| `'));

test('the page says when and where the campaigns ran, with one row each, in a fixed order', () => {
  const page = reliabilityPage('', [two, one], FIRST, '2 cores');
  assert.equal(page, reliabilityPage('', [one, two], FIRST, '2 cores'));
  assert.match(page, /a machine with 2 cores\.$/m);
  assert.deepEqual(rows(page), [
    '| `one` | A | 1 × | none | 2024-02-03 |',
    '| `two` | Z | 2 × this\\|that | none lost | 2024-02-03 |',
  ]);
});

test('a repeated campaign replaces its rows, or removes them if it failed; the others keep theirs', () => {
  const before = reliabilityPage('', [one, two], FIRST, '2 cores');
  const again = { ...one, results: one.results.map((result) => ({ ...result, found: 'as before' })) };
  const [, kept] = rows(before);
  assert.deepEqual(rows(reliabilityPage(before, [again], LATER, '4 cores')), [
    '| `one` | A | 1 × | as before | 2024-03-01 |',
    kept,
  ]);
  assert.deepEqual(rows(reliabilityPage(before, [{ ...one, results: [] }], LATER, '4 cores')), [kept]);
});
