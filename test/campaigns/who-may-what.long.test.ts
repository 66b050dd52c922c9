import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watchRouters } from '../../scripts/docs/registered-routes.ts';
import type { Entry } from '../../src/web/entry/request-context.ts';
import { startApp } from '../harness/app.ts';
import { createAsker } from '../web/entry/askers.ts';
import { gatherRoles, type Role } from '../web/entry/roles.ts';
import { ROUTES } from '../web/entry/routes.ts';
import { type Outcome, outcomeFor } from '../web/entry/rules.ts';
import { record, times } from './campaign.ts';

const METRICS_TOKEN = 'prometheus-may-read-this';
const registered = watchRouters();
const app = await startApp({ METRICS_TOKEN });
const { roles, ownerToken, clientToken } = await gatherRoles(app, METRICS_TOKEN);
const ask = createAsker(app, { owner: ownerToken, client: clientToken });
const entryOf = new Map(
  Object.entries(ROUTES).flatMap(([entry, rows]) => rows.map((row) => [row, entry as Entry])),
);

/** One of each kind. */
const FEW = [
  'nobody',
  'an unknown token',
  'Anna, call',
  'Bert, click-to-dial:calls:read',
  'client b itself, webhooks',
  'anna, call for /rest',
  'an administrator, admin',
  'Bert, signed in',
  'an administrator in the console',
  'an administrator who owes the second factor',
  'metrics',
];
/** In short a few roles ask by HEAD: test/web/entry/who-may-what.test.ts has the other methods, and all roles that the entry must tell apart. */
const whole = times(0, 1) === 1;
const asking: readonly Role[] = whole ? roles : roles.filter(({ name }) => FEW.includes(name));
let cells = 0;

/** A HEAD of a recording that is not there looks like one of a call that is not there. */
const judged = registered().filter(({ method, url }) =>
  method === 'HEAD' ? !url.endsWith('/recording') : whole,
);

for (const entry of Object.keys(ROUTES) as Entry[]) {
  suite(`routes for ${entry}`, () => {
    for (const route of judged.filter(({ row }) => entryOf.get(row) === entry)) {
      test(`${route.method} ${route.url}`, async () => {
        const outcomes: Record<string, Outcome> = {};
        for (const role of asking) outcomes[role.name] = await ask(route, role);
        const expected = asking.map((role) => [role.name, outcomeFor(entry, role, route.row)] as const);
        assert.deepEqual(outcomes, Object.fromEntries(expected));
        cells += asking.length;
      });
    }
  });
}

test('all roles exist', () => {
  const names = roles.map(({ name }) => name);
  assert.ok(FEW.every((name) => names.includes(name)));
  assert.equal(new Set(names).size, names.length);
  record({
    invariant: 'Everyone can access what they may, and nothing else',
    tried: `${judged.length} routes, all of the application, by up to ${roles.length} kinds of users: ${cells} cells`,
    found: 'each got the declared response: access, 401, 403, 404 or a redirect to the sign-in',
  });
});
