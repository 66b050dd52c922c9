import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchRouters } from '../../../scripts/docs/registered-routes.ts';
import { ROUTES_PAGE, routesPage } from '../../../scripts/docs/routes-page.ts';
import { startApp } from '../../harness/app.ts';
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

test(`${ROUTES_PAGE} is up to date; if this fails, run npm run docs`, () => {
  const page = readFileSync(join(import.meta.dirname, '../../..', ROUTES_PAGE), 'utf8');
  assert.equal(page, routesPage(registered()));
});
