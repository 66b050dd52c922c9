import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watchRouters } from '../../scripts/docs/registered-routes.ts';
import { startApp } from '../harness/app.ts';
import { type Answer, Browser } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, classicToken, PASSWORD } from '../harness/people.ts';
import { visitor } from '../web/account/visitor.ts';
import { openCall } from '../web/classic/call.ts';
import { parametersOf } from '../web/classic/flow.ts';
import { addSignedIn } from '../web/console/console.ts';
import { record } from './campaign.ts';
import { forgedHeaders } from './forged-headers.ts';

const registered = watchRouters();
const app = await startApp();
const routes = registered();
const client = await addClassicClient(app);
await addUser(app, 'anna', { limit: 10, numbers: ['+447700900001'] });
const token = await classicToken(app, client, 'anna');
const call = await openCall(app, token);
const { client: modern } = await addModernClient(app);
const { webhook } = await app.events.webhooks.addWebhook(
  modern.id,
  { url: 'https://hooks.example/' },
  {
    kind: 'commandLine',
  },
);
const anna = await visitor(app, 'anna');
const administrator = await addSignedIn(app, 'ada');

/** Addresses at which programs show credentials of their own, which no browser brings along. */
const FOR_PROGRAMS = /^\/oauth\/(token|introspect|revoke|par|register|device_authorization)$/;
/** What the authorization server's library guards by a secret in the form. */
const BY_LIBRARY = /^\/oauth\/(device|end_session\/confirm)$/;
/** What applications on other sites send: it only leads to the same request by GET. */
const REDIRECTED = /^\/oauth\/(authorize|end_session)$/;

const changing = routes.filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
const forms = changing.filter(
  ({ url, entry }) =>
    (entry === 'user' || entry === 'console' || entry === 'anyone') && !FOR_PROGRAMS.test(url),
);
const redirected = forms.filter(({ url }) => REDIRECTED.test(url));
const ours = forms.filter((form) => !BY_LIBRARY.test(form.url) && !redirected.includes(form));

const FORGED = forgedHeaders(app.url);

/** With the ids of what there really is. */
function addressOf(url: string): string {
  const ids: Record<string, string> = { name: 'anna', client: client.id, uid: 'abc', id: call };
  if (url.includes('/clients/:id')) ids['id'] = modern.id;
  if (url.includes('/webhooks/:id')) ids['id'] = webhook.id;
  return url.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? 'x');
}

const GIVEN = {
  ...parametersOf(client, 'code'),
  ...{
    grant: 'true',
    username: 'anna',
    password: PASSWORD,
    new_password: 'other horse',
    limit: '9',
    name: 'bert',
  },
  ...{
    numbers: '+447700900009',
    url: 'https://evil.example/',
    reason: 'none',
    confirm: 'anna',
    user_code: 'AAAA-BBBB',
  },
};

/** All rows that an attacker could want to change; without records of visits. */
async function stateOfAffairs(further: readonly string[] = ['artifacts']): Promise<unknown> {
  const tables = 'users user_numbers clients grants webhooks second_factors audit_log'.split(' ');
  const rows = [];
  for (const table of [...tables, ...further])
    rows.push(await app.sql(`SELECT to_jsonb(t) - 'last_used_at' AS row FROM ${table} t ORDER BY 1::text`));
  rows.push(await app.sql('SELECT id, state FROM calls ORDER BY id'));
  rows.push(await app.sql('SELECT user_id FROM console_sessions ORDER BY 1'));
  return rows;
}

const browserFor = (entry: string | undefined) => (entry === 'console' ? administrator.browser : anna);
let forged = 0;

suite(`each of ${ours.length} forms`, () => {
  for (const { method, url, entry } of ours) {
    test(`${method} ${url} is refused from another site, with any headers, and changes nothing`, async () => {
      const before = await stateOfAffairs();
      for (const headers of FORGED) {
        const answer = await browserFor(entry).send(method, addressOf(url), GIVEN, headers);
        assert.equal(answer.status, 403, `${JSON.stringify(headers)}: ${answer.status} ${answer.text}`);
        assert.equal(answer.json()['error'], 'cross_site_form');
        assert.deepEqual(answer.headers.getSetCookie(), []);
        forged++;
      }
      assert.deepEqual(await stateOfAffairs(), before);
    });
  }
});

test('these include forms of users, of the console and without a session', () => {
  const count = (wanted: string) => ours.filter(({ entry }) => entry === wanted).length;
  assert.ok(count('user') >= 4 && count('console') >= 25 && count('anyone') >= 6, JSON.stringify(ours));
  assert.equal(redirected.length, 2);
});

for (const { method, url } of redirected)
  test(`${method} ${url} only leads to a GET of the same address, and changes nothing`, async () => {
    const before = await stateOfAffairs();
    for (const headers of FORGED) {
      const { status, location, headers: sent } = await anna.send(method, url, GIVEN, headers);
      assert.deepEqual([status, new URL(location).pathname], [303, url], JSON.stringify(headers));
      assert.equal(new URL(location).origin, app.url);
      assert.deepEqual(sent.getSetCookie(), []);
      forged++;
    }
    assert.deepEqual(await stateOfAffairs(), before);
  });

test('other routes require a token in a header, or are for programs only', () => {
  const others = changing.filter((route) => !forms.includes(route) && !FOR_PROGRAMS.test(route.url));
  for (const { method, url, entry } of others)
    assert.ok(['token', 'administrator', 'client'].includes(String(entry)), `${method} ${url}: ${entry}`);
});

test('forms of the authorization server need the secret in the form', async () => {
  for (const path of ['/oauth/device', '/oauth/end_session/confirm']) {
    for (const headers of [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, {}]) {
      const before = await stateOfAffairs([]);
      const answer = await anna.post(path, { ...GIVEN, confirm: 'yes', logout: 'yes' }, headers);
      assert.ok(answer.status === 200 || answer.status === 400, `${path}: ${answer.status}`);
      assert.deepEqual(await stateOfAffairs([]), before);
    }
  }
});

test('a form without cookies and these headers causes no server error', async () => {
  for (const { method, url } of changing) {
    for (const headers of [{ accept: 'text/html' }, { accept: 'application/json' }]) {
      const answer = await new Browser(app.url).send(method, addressOf(url), GIVEN, headers);
      assert.ok(answer.status < 500, `${method} ${url}: ${answer.status} ${answer.text}`);
    }
  }
});

suite('old browsers without these headers', () => {
  test('send no cookie from another site, because cookies are SameSite and HttpOnly', async () => {
    const browser = new Browser(app.url);
    const answers: Answer[] = [
      await browser.post('/sign-in', { username: 'anna', password: PASSWORD }),
      await browser.post('/console/sign-in', { username: 'ada', password: PASSWORD }),
      await browser.post('/auth/login', { ...GIVEN }),
      await browser.get(
        `/oauth/authorize?${new URLSearchParams({ client_id: modern.id, response_type: 'code' })}`,
      ),
    ];
    const cookies = answers
      .flatMap((answer) => answer.headers.getSetCookie())
      .filter((line) => !/=;/.test(line));
    assert.ok(cookies.length >= 4, String(cookies));
    for (const cookie of cookies) {
      assert.match(cookie, /; samesite=(lax|strict)/i);
      assert.match(cookie, /; httponly/i);
    }
    assert.ok(cookies.some((cookie) => /console/.test(cookie) && /samesite=strict/i.test(cookie)));
  });
});

test('a form of one user has no effect in another user’s session', async () => {
  await addUser(app, 'ben');
  const ben = await visitor(app, 'ben');
  const before = await stateOfAffairs();
  const genuine = { 'sec-fetch-site': 'same-origin', origin: app.url };
  const named = ours.filter(({ url, entry }) => entry === 'user' && url.includes(':'));
  assert.ok(named.length >= 2);
  for (const { method, url } of named) {
    const answer = await ben.send(method, addressOf(url), {}, genuine);
    assert.ok(answer.status === 404 || answer.status === 303, `${url}: ${answer.status} ${answer.text}`);
  }
  for (const { method, url } of ours.filter(({ entry }) => entry === 'console')) {
    const answer = await ben.send(method, addressOf(url), GIVEN, genuine);
    assert.ok([303, 403, 404].includes(answer.status), `${url}: ${answer.status}`);
  }
  assert.deepEqual(await stateOfAffairs(), before);
  record({
    invariant: 'Forms of other sites and of other users are refused',
    tried: `${forged} forged requests to ${ours.length + redirected.length} forms with ${FORGED.length} sets of headers; each form of one user in another user’s session`,
    found: 'each was refused, or only led to a GET; nothing in the database changed, no cookie was set',
  });
});

test('every page forbids framing, and every response forbids content sniffing', async () => {
  const pages = routes.filter(({ method, url }) => method === 'GET' && !url.includes('*'));
  let seen = 0;
  for (const { url, entry } of pages) {
    const path = addressOf(url);
    if (/\/(events|live|watch)$/.test(path) || /export/.test(path)) continue;
    const answer = await browserFor(entry).get(path, { accept: 'text/html', 'sec-fetch-site': 'none' });
    const type = answer.headers.get('content-type') ?? '';
    assert.ok(answer.status < 500, `${path}: ${answer.status} ${answer.text}`);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    if (!type.startsWith('text/html')) continue;
    seen++;
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /frame-ancestors 'none'/, path);
    assert.match(policy, /default-src 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*|https?:|(script|default|connect)-src[^;]* data:/, path);
  }
  assert.ok(seen > 30, `${seen} pages`);
});
