import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watchRouters } from '../../../scripts/docs/registered-routes.ts';
import type { Entry } from '../../../src/web/entry/request-context.ts';
import { startApp } from '../../harness/app.ts';
import { createAsker } from './askers.ts';
import { APIS, gatherRoles, SCOPES_OF_CALLS } from './roles.ts';
import { ROUTES } from './routes.ts';
import { type Outcome, outcomeFor } from './rules.ts';

const FOR_ONE_API = Object.entries(APIS).map(
  ([api, scope]) => `${scope === 'admin' ? 'rosa' : 'anna'}, ${scope} for ${api}`,
);

/** The roles that an entry must tell apart. The campaign of this name asks as every role, by HEAD too. */
const ASKING: Readonly<Record<Entry, readonly string[]>> = {
  anyone: ['nobody'],
  user: ['nobody', 'Anna, call', 'an administrator in the console', 'Anna, signed in', 'Bert, signed in'],
  token: [
    ...['nobody', 'an expired token', 'a token bound to a key, without its proof'],
    ...[...SCOPES_OF_CALLS, 'openid'].map((scope) => `Anna, ${scope}`),
    ...['Anna by B, click-to-dial:calls:read', 'Anna by B, click-to-dial:calls:delete', 'Anna by B, call'],
    ...['Bert, call', 'client a itself, call', 'Anna, token in the address'],
    ...FOR_ONE_API,
  ],
  client: [
    ...['nobody', 'an unknown token', 'an administrator, admin', 'Anna, call', 'Anna, forged webhooks'],
    ...['client a itself, webhooks', 'client a itself, call', 'client b itself, webhooks'],
    ...['client a itself, webhooks for /api/v1', 'client a itself, webhooks for /rest'],
  ],
  administrator: [
    ...['nobody', 'an unknown token', 'an expired token', 'the token of a disabled administrator'],
    ...['Anna, forged admin', 'a former administrator, admin', 'client a itself, call'],
    ...['an administrator, admin', 'an administrator, call', 'an administrator, token in the address'],
    'an administrator in the console',
    ...FOR_ONE_API,
  ],
  console: [
    ...['nobody', 'Anna, signed in', 'an administrator, admin'],
    ...['an administrator in the console', 'an administrator who owes the second factor'],
  ],
  metrics: ['nobody', 'an administrator, admin', 'metrics'],
};

const METRICS_TOKEN = 'prometheus-may-read-this';
const registered = watchRouters();
const app = await startApp({ METRICS_TOKEN });
const { roles, ownerToken, clientToken } = await gatherRoles(app, METRICS_TOKEN);
const ask = createAsker(app, { owner: ownerToken, client: clientToken });
const routes = registered().filter(({ method }) => method !== 'HEAD');

for (const [entry, rows] of Object.entries(ROUTES) as [Entry, readonly string[]][]) {
  const asking = roles.filter(({ name }) => ASKING[entry].includes(name));
  suite(`entry ${entry}`, () => {
    test('has all the roles that it must distinguish', () =>
      assert.equal(asking.length, ASKING[entry].length));

    for (const route of routes.filter(({ row }) => rows.includes(row))) {
      test(`${route.method} ${route.url}`, async () => {
        const outcomes: Record<string, Outcome> = {};
        for (const role of asking) outcomes[role.name] = await ask(route, role);
        const expected = asking.map((role) => [role.name, outcomeFor(entry, role, route.row)] as const);
        assert.deepEqual(outcomes, Object.fromEntries(expected));
      });
    }
  });
}
