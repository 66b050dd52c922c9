import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { demoRedirectUris } from '../../../src/web/demo/demo-redirect-uris.ts';
import { startApp, type TestApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { bearer } from '../../harness/people.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { issueInitialAccessToken, jsonOf, OPENS_PAGE } from './modern-walk.ts';
import { assertLeadsNowhere } from './redirect-uri-mutants.ts';

const app = await startApp();
const administrator = await addAdministrator(app);
const intranet = await startApp({ ALLOW_HTTP_REDIRECTS: 'true' });

const GOOD = 'https://app.example/cb';

const HTTP = /must use https:/;
const FORM = /must be in its normal form, which is /;
const INVISIBLE = /must not contain whitespace, control or invisible characters/;
const refused: Readonly<Record<string, RegExp>> = {
  'http://evil.example/cb': HTTP,
  'http://192.168.1.5/cb': HTTP,
  'http://localhost.evil.example/': HTTP,
  'http://127.0.0.1.evil.example/': HTTP,
  'http://128.0.0.1/': HTTP,
  'http://[::2]/': HTTP,
  'http://localhost./': HTTP,
  'https://*.example/cb': /must not contain \*: wildcards are not supported/,
  'https://app.example/*': /must not contain \*/,
  'https://app.example/cb?next=*': /must not contain \*/,
  'com.example.app:/*': /must not contain \*/,
  'https://user:pw@app.example/cb': /must not contain a user name or a password/,
  'https://user@app.example/cb': /must not contain a user name/,
  'https://:pw@app.example/cb': /must not contain a user name/,
  'https://app.example/cb\r\nX: y': INVISIBLE,
  'https://app.example/cb\u0001': INVISIBLE,
  'https://app.example/cb\u200b': INVISIBLE,
  'https://app.example/a b': INVISIBLE,
  ' https://app.example/cb': INVISIBLE,
  'https://app.example/cb ': INVISIBLE,
  'https://app.example\\@evil.example/': /must not contain a backslash/,
  'com.example.app:\\cb': /must not contain a backslash/,
  ' ': /must not be blank/,
  '\t': /must not be blank/,
  'https://app.example/cb#part': /must not contain a fragment/,
  'https://app.example/cb#': /must not contain a fragment/,
  'javascript:alert(1)': /must not use the scheme javascript:/,
  'data:text/html,x': /must not use the scheme data:/,
  'vbscript:x': /must not use the scheme vbscript:/,
  'file:///etc/passwd': /must not use the scheme file:/,
  'blob:https://app.example/x': /must not use the scheme blob:/,
  'about:blank': /must not use the scheme about:/,
  'view-source:https://app.example/': /must not use the scheme view-source:/,
  'tel:+447700900123': /must not use the scheme tel:/,
  'wss://app.example/': /must not use the scheme wss:/,
  'chrome://settings/': /must not use the scheme chrome:/,
  'resource://gre/': /must not use the scheme resource:/,
  'jar:https://app.example/x!/': /must not use the scheme jar:/,
  'intent://app.example/': /must not use the scheme intent:/,
  'ms-settings:privacy': /must not use the scheme ms-settings:/,
  'MS-word:ofe': /must not use the scheme ms-word:/,
  'search-ms:query': /must not use the scheme search-ms:/,
  nowhere: /must be an absolute URI/,
  '/cb': /must be an absolute URI/,
  '//app.example/cb': /must be an absolute URI/,
  'https://': /must be an absolute URI/,
  'https://app.example/cb?code=x': /query parameter code, which the server adds/,
  'https://app.example/cb?a=1&state=fixed': /query parameter state/,
  'https://app.example/cb?iss=evil': /query parameter iss/,
  'https://app.example/cb?error=x': /query parameter error/,
  'https://app.example/cb?%63ode=x': /query parameter code/,
  'HTTPS://app.example/cb': FORM,
  'https://APP.example/cb': FORM,
  'https:app.example/cb': FORM,
  'https://app.example:443/cb': FORM,
  'https://app.example/a/../cb': FORM,
  'https://b\u00fccher.example/cb': FORM,
  'http://127.1/cb': FORM,
  'http://2130706433/cb': FORM,
  'COM.example.app:/cb': FORM,
};

const accepted: readonly string[] = [
  'https://app.example',
  'https://app.example/',
  'https://app.example:8443/oauth/cb?a=1&b=2',
  'https://app.example/cb?next=http%3A%2F%2Fother.example',
  'https://xn--bcher-kva.example/cb',
  'http://localhost/cb',
  'http://localhost:5555',
  'http://127.0.0.1:5555/cb',
  'http://127.8.9.10/cb',
  'http://[::1]:5555/cb',
];

function registerByAdministrator(redirectUris: readonly string[]) {
  return administrator.send('POST', '/admin/clients', { name: 'App', redirectUris });
}

async function registerItself(
  redirectUris: readonly string[],
  metadata: object = {},
  on: TestApp = app,
): Promise<Response> {
  return fetch(`${on.url}/oauth/register`, {
    method: 'POST',
    headers: { ...bearer(await issueInitialAccessToken(on)), 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: redirectUris, ...metadata }),
  });
}

async function countClients(): Promise<unknown> {
  return app.sql('SELECT count(*) FROM clients');
}

suite('a redirect URI that is refused at registration, with its position and the reason', () => {
  for (const [uri, reason] of Object.entries(refused)) {
    test(JSON.stringify(uri), async () => {
      const before = await countClients();
      const answer = await registerByAdministrator([GOOD, uri]);
      assert.equal(answer.status, 400, answer.text);
      const { field, message } = answer.json<{ field: string; message: string }>();
      assert.equal(field, 'redirectUris[1]');
      assert.match(message, /^Redirect URI 2 must /);
      assert.match(message, reason);

      const dynamic = await registerItself([GOOD, uri], { application_type: 'native' });
      const refusal = await jsonOf(dynamic);
      assert.deepEqual([dynamic.status, refusal['error']], [400, 'invalid_redirect_uri']);
      assert.match(String(refusal['error_description']), /^redirect_uris\[1\] must /);
      assert.match(String(refusal['error_description']), reason);
      assert.deepEqual(await countClients(), before);
    });
  }

  test('an empty text', async () => {
    assert.equal((await registerByAdministrator([GOOD, ''])).status, 400);
    assert.equal((await registerItself([GOOD, ''])).status, 400);
  });

  test('a long one, and too many', async () => {
    for (const uris of [
      [`https://app.example/${'x'.repeat(2_048)}`],
      Array.from({ length: 21 }, (_, index) => `https://app.example/${index}`),
    ]) {
      assert.equal((await registerByAdministrator(uris)).status, 400);
      const dynamic = await registerItself(uris);
      assert.equal(dynamic.status, 400);
      assert.equal((await jsonOf(dynamic))['error'], 'invalid_redirect_uri');
    }
  });
});

test('valid redirect URIs are stored as they are sent', async () => {
  const ownSchemes = [
    'com.example.app:/cb',
    'com.example.app://cb/path',
    'myapp:/cb',
    'chrome-extension://abc/cb',
  ];
  for (const uri of [...accepted, ...ownSchemes]) {
    const answer = await registerByAdministrator([uri]);
    assert.equal(answer.status, 201, `${uri} ${answer.text}`);
    assert.deepEqual(answer.json()['redirectUris'], [uri]);
  }
  for (const uri of accepted) {
    const dynamic = await registerItself([uri]);
    assert.equal(dynamic.status, 201, uri);
    assert.deepEqual((await jsonOf(dynamic))['redirect_uris'], [uri]);
  }
});

test('the redirect URIs of the demo clients pass the same check', async () => {
  for (const redirectUris of Object.values(demoRedirectUris(app.url)))
    await app.clients.registerDemoClient({ name: 'Demo', redirectUris }, 'demo-app', 'secret');
  await assert.rejects(
    app.clients.registerDemoClient({ name: 'Demo', redirectUris: ['http://demo.example/'] }, 'demo-app'),
    { details: { field: 'redirectUris[0]' } },
  );
});

suite('where plain http: is allowed (ALLOW_HTTP_REDIRECTS)', () => {
  test('redirect URIs with it can be registered, by an administrator and by the application itself', async () => {
    const redirectUris = ['http://crm.intranet/cb'];
    const { client } = await intranet.clients.registerClient({ name: 'CRM', redirectUris }, COMMAND_LINE);
    assert.deepEqual(client.metadata['redirect_uris'], redirectUris);
    assert.equal((await registerItself(redirectUris, {}, intranet)).status, 201);
  });

  test('everything else is refused', async () => {
    for (const uri of ['http://user@crm.intranet/', 'http://*.intranet/', 'http://crm.intranet/#'])
      assert.equal((await registerItself([uri], {}, intranet)).status, 400, uri);
  });
});

suite('a client that was registered under more generous rules', () => {
  const FORBIDDEN = 'http://crm.intranet/cb';
  const NOT_NORMAL = 'https://App.example/cb';
  const EXPLANATION = /redirect_uri is registered, but not allowed any more: it must use https:/;
  const asked = (id: string, uri: string, further: object = {}) => ({
    client_id: id,
    response_type: 'code',
    scope: 'call',
    redirect_uri: uri,
    ...further,
  });
  const pkce = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' };

  async function addClient(classic: boolean): Promise<string> {
    const { client } = await app.clients.registerClient(
      { name: 'Old', redirectUris: [GOOD], classic },
      COMMAND_LINE,
    );
    const uris = JSON.stringify([GOOD, FORBIDDEN, NOT_NORMAL]);
    await app.sql(
      `UPDATE clients SET metadata = metadata || jsonb_build_object('redirect_uris', $2::jsonb) WHERE id = $1`,
      [client.id, uris],
    );
    return client.id;
  }

  test('gets no response at a forbidden redirect URI, and still at the others', async () => {
    const modern = await addClient(false);
    const classic = await addClient(true);
    const get = (path: string, parameters: Record<string, string>) =>
      new Browser(app.url).get(`${path}?${new URLSearchParams(parameters)}`);
    for (const [path, parameters] of [
      ['/oauth/authorize', asked(modern, FORBIDDEN, pkce)],
      ['/oauth/authorize', asked(modern, FORBIDDEN, { ...pkce, prompt: 'none' })],
      ['/oauth/authorize', asked(modern, FORBIDDEN)],
      ['/oauth/authorize', asked(modern, FORBIDDEN, { ...pkce, response_type: 'unknown' })],
      ['/oauth/auth', asked(classic, FORBIDDEN)],
    ] as const) {
      const answer = await get(path, parameters);
      assertLeadsNowhere(answer, JSON.stringify(parameters));
      assert.match(answer.text, EXPLANATION);
    }
    for (const uri of [GOOD, NOT_NORMAL])
      assert.equal((await get('/oauth/authorize', asked(modern, uri, pkce))).status, 303, uri);
    assert.match((await get('/oauth/auth', asked(classic, GOOD))).location, /\/auth\/login/);
  });

  test('reads the reason as a page, and in the answer to a pushed request', async () => {
    const id = await addClient(false);
    const page = await new Browser(app.url).get(
      `/oauth/authorize?${new URLSearchParams(asked(id, FORBIDDEN, pkce))}`,
      OPENS_PAGE,
    );
    assert.match(page.headers.get('content-type') ?? '', /html/);
    assert.match(page.text, EXPLANATION);
    await app.sql(
      `UPDATE clients SET metadata = metadata || '{"token_endpoint_auth_method": "none"}' WHERE id = $1`,
      [id],
    );
    const pushed = await new Browser(app.url).post('/oauth/par', asked(id, FORBIDDEN, pkce));
    assert.equal(pushed.status, 400);
    assert.match(String(pushed.json()['error_description']), EXPLANATION);
  });

  test('gets none either when it leaves out its only redirect URI', async () => {
    const id = await addClient(false);
    await app.sql(
      `UPDATE clients SET metadata = metadata || '{"redirect_uris": ["http://crm.intranet/cb"]}' WHERE id = $1`,
      [id],
    );
    const { redirect_uri: _, ...without } = asked(id, '', pkce);
    const answer = await new Browser(app.url).get(`/oauth/authorize?${new URLSearchParams(without)}`);
    assertLeadsNowhere(answer, 'its only one');
  });
});
