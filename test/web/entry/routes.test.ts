import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { watchRouters } from './registered-routes.ts';
import { ROUTES, SCOPES } from './routes.ts';

const registered = watchRouters();
await startApp({ METRICS_TOKEN: 'prometheus-may-read-this' });

test('the table of who may enter what has every route of the router, and no other', () => {
  const rows = new Set(registered().map(({ row }) => row));
  assert.deepEqual([...rows].toSorted(), Object.values(ROUTES).flat().toSorted());
});

test('every route is entered as the table says, by the scopes that it says', () => {
  for (const { row, entry, scopes } of registered()) {
    assert.ok(ROUTES[entry].includes(row), `${row} has entry ${entry}`);
    if (scopes.length > 0) assert.deepEqual(scopes, SCOPES[row], row);
  }
});
