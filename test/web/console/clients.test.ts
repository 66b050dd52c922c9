import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, addUser, classicToken } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { registerWithKey } from '../oauth/modern-walk.ts';
import { addSignedIn, fieldValue, leadsTo } from './console.ts';

const app = await startApp();
const ada = await addSignedIn(app, 'ada');
const HOSTILE = '"><script>alert(1)</script>';
const filled = {
  name: 'My CRM',
  redirect_uris: 'https://crm.example/callback\r\n\r\n https://crm.example/other ',
  kind: 'confidential',
  origins: 'https://app.example',
};

interface ClientRow {
  readonly id: string;
  readonly classic: boolean;
  readonly secretHash: string | null;
  readonly origins: string[];
  readonly redirectUris: string[];
}

const secretIn = (text: string) => /<pre[^>]*>([^<]+)<\/pre>/.exec(text)?.[1] ?? '';
const rowNamed = async (name: string) =>
  (
    await app.sql<ClientRow>(
      `SELECT id, classic, secret_hash AS "secretHash", origins, metadata -> 'redirect_uris' AS "redirectUris"
         FROM clients WHERE name = $1`,
      [name],
    )
  )[0];
const actsOn = async (id: string | undefined) =>
  (
    await app.sql<{ action: string }>(
      `SELECT action FROM audit_log WHERE client_id = $1 AND actor = 'administrator' ORDER BY id`,
      [id],
    )
  ).map(({ action }) => action);

suite('registering', () => {
  test('a confidential application shows its secret once, on a page that nothing keeps', async () => {
    const answer = await ada.send('/console/new-client', filled);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const row = await rowNamed('My CRM');
    assert.ok(answer.text.includes(String(row?.id)));
    const secret = secretIn(answer.text);
    assert.match(secret, /^[\w-]{43}$/);
    assert.deepEqual(row?.origins, ['https://crm.example', 'https://app.example']);
    assert.deepEqual(row?.redirectUris, ['https://crm.example/callback', 'https://crm.example/other']);
    const page = await ada.open(`/console/clients/${row?.id}`);
    assert.doesNotMatch(page.text, new RegExp(secret));
    assert.match(page.text, /https:\/\/crm\.example\/other/);
    assert.match(page.text, /confidential: has a secret/);
    assert.match(page.text, /<\/time> by an administrator</);
    assert.deepEqual(await actsOn(row?.id), ['clientRegistered']);
  });

  test('an application in a browser extension or in a web view registers its origin', async () => {
    const origins = ['chrome-extension://abcdefghijklmnopabcdefghijklmnop', 'capacitor://localhost'];
    await ada.send('/console/new-client', { ...filled, name: 'Extension', origins: origins.join('\n') });
    assert.deepEqual((await rowNamed('Extension'))?.origins, ['https://crm.example', ...origins]);
  });

  test('a public one has no secret', async () => {
    const to = leadsTo(await ada.send('/console/new-client', { ...filled, name: 'Page', kind: 'public' }));
    const row = await rowNamed('Page');
    assert.equal(to, `/console/clients/${row?.id}?done=registered`);
    assert.equal(row?.secretHash, null);
    const { text } = await ada.open(to);
    assert.match(text, /role="status">The application is registered\.</);
    assert.match(text, /public: cannot keep a secret/);
    assert.doesNotMatch(text, /Rotate secret/);
    const answer = await ada.send(`/console/clients/${row?.id}/secret`);
    assert.equal(answer.status, 409);
    assert.match(answer.text, /role="alert">[^<]*is public, so it has no secret/);
  });

  test('the form warns about a classic one', async () => {
    const form = await ada.open('/console/new-client');
    assert.match(form.text, /Insecure; only for applications of 2012/);
    assert.match(form.text, /value="confidential"[^>]* checked/);
    assert.equal(
      (await ada.send('/console/new-client', { ...filled, name: 'Old', kind: 'classic' })).status,
      200,
    );
    assert.equal((await rowNamed('Old'))?.classic, true);
  });

  for (const [wrong, given, message] of [
    ['without a name', { name: ' ' }, /name must have 1 to 100 characters/],
    ['without a redirect URI', { redirect_uris: ' \n' }, /redirectUris must have at least one redirect URI/],
    ['with a script for a redirect URI', { redirect_uris: 'javascript:alert(1)' }, /redirect/i],
    [
      'with plain http: to another machine',
      { redirect_uris: 'https://a.example/\nhttp://a.example/' },
      /Redirect URI 2 must use https:/,
    ],
    ['with a misleading name', { name: 'CRM \u202e' }, /name must not contain/],
    ['with no URI at all', { redirect_uris: HOSTILE }, /Redirect URI 1 must be an absolute URI/],
    [
      'with too many origins',
      { origins: Array.from({ length: 21 }, (_, index) => `https://app${index}.example`).join('\n') },
      /origins must have at most 20 web origins/,
    ],
    [
      'with too many redirect URIs',
      { redirect_uris: Array.from({ length: 21 }, (_, index) => `https://app.example/${index}`).join('\n') },
      /redirectUris must have at most 20/,
    ],
    ['with an origin that is none', { origins: 'https://app.example/path' }, /origins must be schemes/],
    ['of no kind there is', { kind: 'secretless' }, /Choose the kind/],
  ] as const) {
    test(`not ${wrong}; what was typed stays`, async () => {
      const typed = { ...filled, name: `Refused ${HOSTILE}`, kind: 'public', ...given };
      const answer = await ada.send('/console/new-client', typed);
      assert.equal(answer.status, 400);
      assert.match(answer.text, /role="alert"/);
      assert.match(answer.text, message);
      assert.doesNotMatch(answer.text, /<script>alert/);
      if (typed.name.startsWith('Refused')) assert.match(fieldValue(answer.text, 'name'), /^Refused/);
      if (typed.kind === 'public') assert.match(answer.text, /value="public"[^>]* checked/);
      assert.deepEqual(await app.sql(`SELECT FROM clients WHERE name LIKE 'Refused%'`), []);
    });
  }
});

test('the list shows all applications, with what stands out, and hostile names as text', async () => {
  await app.clients.registerClient(
    { name: HOSTILE, redirectUris: ['https://hostile.example/cb'], public: true },
    { kind: 'commandLine' },
  );
  const { text } = await ada.open('/console/clients');
  assert.doesNotMatch(text, /<script>alert/);
  assert.match(
    text,
    />&#34;&#62;&#60;script&#62;alert\(1\)&#60;\/script&#62;<\/a> <span class="badge plain">public</,
  );
});

test('the list has pages, newest first', async () => {
  await app.sql(
    `INSERT INTO clients (id, name, metadata, created_at)
     SELECT 'many-' || n, 'Many', '{}', now() + n * interval '1 second' FROM generate_series(1, 60) n`,
  );
  const idsOn = (text: string) => [...text.matchAll(/<code>(many-\d+)<\/code>/g)].map(([, id]) => id);
  const first = await ada.open('/console/clients');
  assert.deepEqual(
    idsOn(first.text),
    Array.from({ length: 50 }, (_, index) => `many-${60 - index}`),
  );
  const [, next = ''] = /<a href="([^"]+)" rel="next">More applications</.exec(first.text) ?? [];
  const second = await ada.open(next.replaceAll('&#61;', '='));
  assert.equal(idsOn(second.text).length, 10);
  await app.sql(`DELETE FROM clients WHERE name = 'Many'`);
});

suite('an application’s page', () => {
  test('lets an administrator change the audience of its assertions, if it signs any', async () => {
    const id = await registerWithKey(app);
    const shown = await ada.open(`/console/clients/${id}`);
    assert.match(shown.text, /value="issuer"[^>]* checked/);
    const to = leadsTo(
      await ada.send(`/console/clients/${id}/assertion-audience`, { audience: 'tokenEndpoint' }),
    );
    const changed = await ada.open(to);
    assert.match(changed.text, /role="status">The audience of its assertions is changed\.</);
    assert.match(changed.text, /value="tokenEndpoint"[^>]* checked/);
    assert.deepEqual(await actsOn(id), ['clientAssertionAudienceChanged']);

    const { client } = await addModernClient(app);
    assert.doesNotMatch((await ada.open(`/console/clients/${client.id}`)).text, /Signed assertions/);
    const refused = await ada.send(`/console/clients/${client.id}/assertion-audience`, {
      audience: 'issuer',
    });
    assert.equal(refused.status, 409);
  });

  test('lets an administrator lift PKCE, if it authenticates', async () => {
    const { client } = await addModernClient(app);
    const address = `/console/clients/${client.id}`;
    assert.match((await ada.open(address)).text, /value="required"[^>]* checked/);
    const changed = await ada.open(leadsTo(await ada.send(`${address}/pkce`, { pkce: 'optional' })));
    assert.match(changed.text, /role="status">The use of PKCE is changed\.</);
    assert.match(changed.text, /value="optional"[^>]* checked/);
    assert.deepEqual(await actsOn(client.id), ['clientPkceChanged']);

    for (const { id } of [
      (await addModernClient(app, { public: true })).client,
      await addClassicClient(app),
    ]) {
      assert.doesNotMatch((await ada.open(`/console/clients/${id}`)).text, /PKCE<\/h2>/);
      assert.equal((await ada.send(`/console/clients/${id}/pkce`, { pkce: 'optional' })).status, 409);
    }
  });

  test('shows who allowed it, the first fifty by name', async () => {
    const { client } = await addModernClient(app);
    await app.sql(
      `WITH added AS (INSERT INTO users (name, password_hash, max_ongoing_calls)
                      SELECT 'grantor-' || lpad(n::text, 3, '0'), 'x', 1 FROM generate_series(1, 60) n RETURNING id)
       INSERT INTO grants (user_id, client_id, scopes) SELECT id, $1, '{call}' FROM added`,
      [client.id],
    );
    const { text } = await ada.open(`/console/clients/${client.id}`);
    const names = [...text.matchAll(/href="\/console\/users\/(grantor-\d+)"/g)].map(([, name]) => name);
    assert.equal(names.length, 50);
    assert.equal(names[49], 'grantor-050');
    assert.match(text, /And 10 more users\./);
    assert.match(text, /60 grants, 0 ongoing calls/);
    assert.match(text, new RegExp(`/console/users/grantor-001/grants/${client.id}/withdraw`));
    assert.match(text, new RegExp(`/console/calls\\?client&#61;${client.id}`));
  });

  test('of none is an error in the console’s frame', async () => {
    const { status, text } = await ada.open('/console/clients/unknown');
    assert.equal(status, 404);
    assert.match(text, /role="alert">There is no client/);
    assert.match(text, /<nav aria-label="Console">/);
  });

  test('makes a new secret, after a page that says what stops working', async () => {
    const { client, secret } = await addModernClient(app);
    const path = `/console/clients/${client.id}/secret`;
    assert.match((await ada.open(path)).text, /The old secret stops working immediately/);
    const answer = await ada.send(path);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const made = secretIn(answer.text);
    assert.notEqual(made, secret);
    const asks = (given: string) =>
      fetch(`${app.url}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${client.id}:${given}`).toString('base64')}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'call' }),
      });
    assert.equal((await asks(made)).status, 200);
    assert.equal((await asks(secret ?? '')).status, 401);
    assert.deepEqual(await actsOn(client.id), ['clientSecretRotated']);
  });

  test('removes it, after a page that says how much ends', async () => {
    const client = await addClassicClient(app, 'Leaving');
    await addUser(app, 'caller', { limit: 5 });
    const id = await openCall(app, await classicToken(app, client, 'caller'));
    const path = `/console/clients/${client.id}/remove`;
    const confirmation = await ada.open(path);
    assert.match(confirmation.text, /<h1>Remove Leaving\?<\/h1>/);
    assert.match(confirmation.text, /1 grant will be revoked/);
    assert.match(confirmation.text, /1 ongoing call will end immediately/);
    assert.equal(leadsTo(await ada.send(path)), '/console/clients?done=removed');
    assert.deepEqual(await app.sql('SELECT ended_by FROM calls WHERE id = $1', [id]), [
      { ended_by: 'revocation' },
    ]);
    assert.equal(await rowNamed('Leaving'), undefined);
    assert.deepEqual(await actsOn(client.id), ['clientRemoved']);
    assert.equal((await ada.send(path)).status, 404);
    const missingPage = await ada.open(`/console/clients/${client.id}`);
    assert.equal(missingPage.status, 404);
    assert.match(missingPage.text, /<nav aria-label="Console">/);
    assert.match(missingPage.text, /removed, or never existed/);
    assert.ok(missingPage.text.includes(`href="/console/calls?client&#61;${client.id}"`));
    assert.ok((await ada.open(`/console/calls?client=${client.id}`)).text.includes(`/console/calls/${id}"`));
  });

  test('a removal that was broken off is finished from the list', async () => {
    const client = await addClassicClient(app, 'Half gone');
    await app.sql(`UPDATE clients SET removed_at = now() WHERE id = $1`, [client.id]);
    const { text } = await ada.open('/console/clients');
    assert.match(text, /Half gone <span class="badge bad">being removed</);
    assert.doesNotMatch(text, new RegExp(`href="/console/clients/${client.id}"`));
    assert.ok(text.includes(`action="/console/clients/${client.id}/remove"`));
    await ada.send(`/console/clients/${client.id}/remove`);
    assert.equal(await rowNamed('Half gone'), undefined);
  });
});

test('no form is taken from another site', async () => {
  const { client } = await addModernClient(app);
  const before = await app.sql('SELECT id, secret_hash FROM clients ORDER BY id');
  for (const [path, form] of [
    ['/console/new-client', filled],
    [`/console/clients/${client.id}/secret`, {}],
    [`/console/clients/${client.id}/remove`, {}],
    [`/console/clients/${client.id}/webhooks`, { url: 'https://evil.example/' }],
  ] as const)
    assert.equal((await ada.browser.post(path, form, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
  assert.deepEqual(await app.sql('SELECT id, secret_hash FROM clients ORDER BY id'), before);
});
