import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { watchRouters } from '../../scripts/docs/registered-routes.ts';
import { startApp } from '../harness/app.ts';
import type { Answer } from '../harness/browser.ts';
import { addClassicClient, addModernClient, addUser } from '../harness/people.ts';
import { startServer } from '../harness/server-process.ts';
import { request } from '../platform/http/request.ts';
import { parametersOf, signedInBrowser } from './classic/flow.ts';
import { addSignedIn } from './console/console.ts';

/** A person whose form or address cannot be read gets a page, as for any other error, also if the route has an error page of its own. */

const registered = watchRouters();
const app = await startApp();
const routes = registered();
const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'error' });
const client = await addClassicClient(app);
const { client: modern } = await addModernClient(app);
await addUser(app, 'anna', { numbers: ['+447700900001'] });
const { webhook } = await app.events.webhooks.addWebhook(
  modern.id,
  { url: 'https://hooks.example/' },
  { kind: 'commandLine' },
);

const FORM = 'application/x-www-form-urlencoded';
const FIELDS =
  `client_id response_type redirect_uri scope state username password grant choice allowed_scope new_password
  return_to name limit numbers phone administrator kind url events reason confirm code redirect_uris origins`.split(
    /\s+/,
  );
const everyField = (value: string) => FIELDS.map((name) => `${name}=${value}`).join('&');
const flow = new URLSearchParams(parametersOf(client, 'code')).toString();

/** Bodies by what is wrong with them. */
const BODIES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  nothing: [FORM, ''],
  'another type': ['text/plain', 'a=1'],
  'broken JSON': ['application/json', '{"'],
  'JSON that is no object': ['application/json', '[1]'],
  'JSON with other types': [
    'application/json',
    JSON.stringify(Object.fromEntries(FIELDS.map((name) => [name, { a: 1 }]))),
  ],
  'more than 64 KiB': [FORM, `${flow}&state=${'x'.repeat(65 * 1024)}`],
  'every field twice': [FORM, `${everyField('1')}&${everyField('2')}`],
  'every field empty': [FORM, everyField('')],
  'a zero byte': [FORM, `${flow}&${everyField('%00')}`],
  'a long text in every field': [FORM, everyField('x'.repeat(2_500))],
  'a consent without a choice': [FORM, `${flow}&grant=true&choice=scopes`],
};

/** Without those of the library, and those that only scripts send. */
const forms = routes.filter(
  ({ method, url, entry }) =>
    method === 'POST' &&
    ['anyone', 'user', 'console'].includes(entry) &&
    !url.startsWith('/oauth/') &&
    !/passkey/.test(url),
);

function addressOf(url: string): string {
  const id = url.includes('/clients/:id') ? modern.id : webhook.id;
  const ids: Record<string, string> = { name: 'anna', client: client.id, uid: 'abc', id };
  return url.replaceAll(/:(\w+)/g, (_, name: string) => ids[name] ?? 'x');
}

/** An error is a page, without a word of what went wrong inside. */
function assertPage(what: string, { status, headers, text }: Answer): void {
  const type = headers.get('content-type') ?? '';
  const message = `${what}: ${status} ${type} ${text}`;
  assert.ok(status < 500, message);
  if (status < 400) return;
  assert.match(type, /^text\/html/, message);
  assert.doesNotMatch(text, /undefined|\[object|Cannot (read|destructure)/, message);
}

let someone = 0;

/** Signed in as the form requires; each time as somebody else, because some forms sign out. */
async function cookieFor(entry: string, url: string): Promise<string> {
  const name = `person-${++someone}`;
  if (entry === 'console') return (await addSignedIn(app, name)).browser.cookiesFor(url);
  await addUser(app, name);
  return (await signedInBrowser(app, client, name)).cookiesFor(url);
}

suite(`each of ${forms.length} forms`, () => {
  for (const { url, entry } of forms) {
    test(`POST ${url} answers a page when it cannot be read`, async () => {
      const cookie = await cookieFor(entry, url);
      for (const [what, [type, body]] of Object.entries(BODIES)) {
        const headers = {
          accept: 'text/html',
          'content-type': type,
          cookie,
          'sec-fetch-site': 'same-origin',
        };
        const answer = await request(server, 'POST', addressOf(url), headers, body);
        assertPage(what, answer);
      }
    });
  }
});

const pages = routes.filter(
  ({ method, url, entry }) =>
    method === 'GET' &&
    ['anyone', 'user', 'console'].includes(entry) &&
    !/^\/(oauth|docs|assets|\.well-known)|\/(live|export|json|readyz|healthz)$/.test(url),
);
const QUERIES = {
  'every parameter twice': `${everyField('1')}&${everyField('2')}`,
  'a zero byte': everyField('%00'),
  'a long text in every parameter': everyField('x'.repeat(300)),
  'no UTF-8': everyField('%ff'),
};

suite(`each of ${pages.length} pages`, () => {
  for (const { url, entry } of pages) {
    test(`GET ${url} answers a page when its address cannot be read`, async () => {
      const headers = { accept: 'text/html', cookie: await cookieFor(entry, url) };
      for (const [what, query] of Object.entries(QUERIES))
        assertPage(what, await request(server, 'GET', `${addressOf(url)}?${query}`, headers));
    });
  }
});

test('no error page failed during these requests', () => {
  assert.ok(forms.length > 35 && pages.length > 20, `${forms.length} forms, ${pages.length} pages`);
  assert.equal(
    server
      .stdout()
      .split('\n')
      .filter((line) => /"level":(50|60)/.test(line))
      .join('\n'),
    '',
  );
});
