import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type RegisteredRoute, watchRouters } from '../../scripts/docs/registered-routes.ts';
import type { Entry } from '../../src/web/entry/request-context.ts';
import { startApp } from '../harness/app.ts';
import { bearer } from '../harness/people.ts';
import { FORM, JSON_BODY, request } from '../platform/http/request.ts';
import { callTo, openCall } from '../web/click-to-dial/call.ts';
import { gatherRoles, type Role } from '../web/entry/roles.ts';
import { OWNED, ROUTES } from '../web/entry/routes.ts';
import { type Outcome, outcomeFor } from '../web/entry/rules.ts';
import { record, times } from './campaign.ts';

const METRICS_TOKEN = 'prometheus-may-read-this';
const C2D = '/click-to-dial/v0.2rc1';
const registered = watchRouters();
const app = await startApp({ METRICS_TOKEN });
const { roles, ownerToken, clientToken } = await gatherRoles(app, METRICS_TOKEN);
const entryOf = new Map(
  Object.entries(ROUTES).flatMap(([entry, rows]) => rows.map((row) => [row, entry as Entry])),
);

/** Whoever enters here is signed out. */
const SIGNS_OUT = [
  'GET /auth/logout',
  'POST /auth/logout',
  'POST /sign-out',
  'POST /account/security/sign-out-everywhere',
  'POST /console/sign-out',
];

/** What a request needs to be judged by its asker alone; the others are refused for want of it by whoever lets them in. */
const SENT: Readonly<
  Record<string, (id: string) => { query?: string; headers?: Record<string, string>; body?: string }>
> = {
  'GET /rest/call': (id) => ({ query: `token_call=${id}` }),
  'POST /rest/call': () => ({ headers: FORM, body: 'number=%2B447700900123' }),
  'PUT /rest/call': (id) => ({ headers: FORM, body: `token_call=${id}` }),
  [`POST ${C2D}/calls`]: () => ({ headers: JSON_BODY, body: JSON.stringify(callTo()) }),
};

/** Something of Anna's or of client A's, which nobody has ended or removed yet. */
async function ownedThing(row: string): Promise<string> {
  if (OWNED[row] === 'call') return (await openCall(app, ownerToken)).callId;
  if (OWNED[row] === undefined) return 'nothing';
  const url = 'https://hook.example/events';
  const added = await request(
    app,
    'POST',
    `${C2D}/webhooks`,
    { ...bearer(clientToken), ...JSON_BODY },
    JSON.stringify({ url }),
  );
  assert.equal(added.status, 201, added.text);
  await app.sql('DELETE FROM webhooks WHERE id <> $1', [added.json()['id']]); // a client may have a few
  return String(added.json()['id']);
}

async function ask({ method, url, row }: RegisteredRoute, role: Role): Promise<Outcome> {
  const id = await ownedThing(row);
  const { query = '', headers = {}, body } = SENT[row]?.(id) ?? {};
  const own = SIGNS_OUT.includes(row) ? await role.again?.() : undefined;
  const address = new URL(url.replace(/:\w+|\*/g, id), app.url);
  address.search = `${query}&${new URLSearchParams(role.query)}`;
  const response = await fetch(address, {
    method,
    redirect: 'manual',
    headers: { ...headers, ...(own ?? role.headers) },
    ...(body !== undefined && { body }),
  });
  const hasNoRecording = row.endsWith('/recording') && /no recording/.test(await response.clone().text());
  await response.body?.cancel(); // some go on for good
  return hasNoRecording ? 'in' : outcomeOf(response, row);
}

function outcomeOf({ status, headers }: Response, row: string): Outcome {
  assert.ok(status < 500, `${status}`);
  const isAbsent = status === 404 || (status === 409 && row.endsWith('/rest/call')); // as documented in 2012
  if (isAbsent) return OWNED[row] === undefined ? 'in' : '404';
  if (row === 'POST /oauth/register' && status === 400) return '401'; // no token at all, or not where tokens come
  if (status === 401 || status === 403) return `${status}`;
  switch (new URL(headers.get('location') ?? '', app.url).pathname) {
    case '/sign-in':
      return 'sign in';
    case '/console/sign-in':
      return 'console sign-in';
    case '/console/second-factor':
      return 'second factor';
    default:
      return 'in';
  }
}

/** One of each kind. */
const FEW = [
  'nobody',
  'an unknown token',
  'Anna, call',
  'Bert, click-to-dial:calls:read',
  'client b itself, webhooks',
  'an administrator, admin',
  'Bert, signed in',
  'an administrator in the console',
  'an administrator who owes the second factor',
  'metrics',
];
/** Those who come near to an administrator or to a person, too. */
const MORE = [
  ...FEW,
  'the token of a disabled administrator',
  'Anna, forged admin',
  'an administrator, call',
  'a former administrator, admin',
  'an administrator, token in the address',
  'Anna, signed in',
];
let cells = 0;

/** Everybody; in short not those between whom the entry makes no difference. */
function rolesAt({ method, row }: RegisteredRoute): readonly Role[] {
  const entry = entryOf.get(row) ?? 'anyone';
  const isSmall = method === 'HEAD' || entry === 'anyone';
  if (times(0, 1) === 1 || (!isSmall && ['token', 'client'].includes(entry))) return roles;
  const asking = isSmall ? FEW : MORE;
  return roles.filter(({ name }) => asking.includes(name));
}

/** A HEAD of a recording that is not there looks like one of a call that is not there. */
const judged = registered().filter(({ method, url }) => !(method === 'HEAD' && url.endsWith('/recording')));

for (const entry of Object.keys(ROUTES) as Entry[]) {
  suite(`what ${entry} may enter`, () => {
    for (const route of judged.filter(({ row }) => entryOf.get(row) === entry)) {
      test(`${route.method} ${route.url}`, async () => {
        const asking = rolesAt(route);
        const outcomes: Record<string, Outcome> = {};
        for (const role of asking) outcomes[role.name] = await ask(route, role);
        const expected = asking.map((role) => [role.name, outcomeFor(entry, role, route.row)] as const);
        assert.deepEqual(outcomes, Object.fromEntries(expected));
        cells += asking.length;
      });
    }
  });
}

test('nobody was forgotten', () => {
  const names = roles.map(({ name }) => name);
  assert.ok(MORE.every((name) => names.includes(name)));
  assert.equal(new Set(names).size, names.length);
  record({
    invariant: 'Everybody gets where they may, and nowhere else',
    tried: `${judged.length} methods and addresses, all that the router has, by up to ${roles.length} kinds of askers: ${cells} cells`,
    found: 'each answered as its entry says: let in, 401, 403, 404 or led to the sign-in',
  });
});
