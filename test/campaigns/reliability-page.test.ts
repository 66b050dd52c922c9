import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reliabilityPage } from './reliability-page.ts';

test('the page tells when and where it was tried, and the rows in a fixed order, each in one line', () => {
  const last = { invariant: 'Z', tried: '2 × this|that', found: 'none\nlost' };
  const first = { invariant: 'A', tried: '1 ×', found: 'none' };
  const at = new Date('2024-02-03T23:59:59Z');
  const page = reliabilityPage([last, first], at, '2 cores');
  assert.equal(page, reliabilityPage([first, last], at, '2 cores'));
  assert.match(page, /^This run: 2024-02-03, on a machine with 2 cores\.$/m);
  assert.ok(page.endsWith('| --- | --- | --- |\n| A | 1 × | none |\n| Z | 2 × this\\|that | none lost |\n'));
});
