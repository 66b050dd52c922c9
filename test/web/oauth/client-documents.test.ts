import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import * as oauth from 'openid-client';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { acceptDocumentsOf, configureDescribed, startDocumentHost } from './document-host.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  browse,
  callStatus,
  isActive,
  OPENS_PAGE,
  obtainTokens,
  redeem,
  refresh,
  registerDynamically,
  submit,
  walk,
} from './modern-walk.ts';

const documents = await startDocumentHost();
const app = await startApp(acceptDocumentsOf(documents));
const administrator = await addAdministrator(app);
const NUMBER = '+447700900000';
await addUser(app, 'anna', { numbers: [NUMBER] });
const anna = { name: 'anna', browser: new Browser(app.url) };

/** Uses another node of the same database, whose cache of documents is empty. */
async function onFreshNode<T>(
  work: (node: TestApp) => Promise<T>,
  env: Record<string, string> = acceptDocumentsOf(documents),
): Promise<T> {
  const node = await startNode(app, env);
  try {
    return await work(node);
  } finally {
    await node.stop(); // it would take part in sending logout tokens
  }
}

const actsOn = async (clientId: string) =>
  (
    await app.sql<{ action: string }>('SELECT action FROM audit_log WHERE client_id = $1 ORDER BY id', [
      clientId,
    ])
  ).map(({ action }) => action);

const rowOf = async (clientId: string) =>
  (
    await app.sql<{ name: string; by: string; origins: string[]; metadata: Record<string, unknown> }>(
      'SELECT name, registered_by AS by, origins, metadata FROM clients WHERE id = $1',
      [clientId],
    )
  )[0];

/** Places a call for anna, who has a number. */
async function placeCall(token: string, callee: string): Promise<void> {
  const call = { caller: { number: NUMBER }, callee: { number: callee } };
  const headers = { ...bearer(token), ...JSON_BODY };
  const opened = await request(app, 'POST', '/click-to-dial/v0.2/calls', headers, JSON.stringify(call));
  assert.equal(opened.status, 201, opened.text);
}

const callsOf = (clientId: string) =>
  app.sql<{ ended: string | null }>('SELECT ended_by AS ended FROM calls WHERE client_id = $1', [clientId]);

test('the metadata says that documents are accepted, only on a server that accepts some', async () => {
  const supported = async ({ url }: { url: string }) => {
    const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];
    const answers = await Promise.all(paths.map((path) => fetch(url + path)));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    return bodies.map((body) => (body as Record<string, unknown>)['client_id_metadata_document_supported']);
  };
  assert.deepEqual(await supported(app), [true, true]);
  assert.deepEqual(await onFreshNode(supported, {}), [undefined, undefined]);
});

test('a client that is not registered signs a person in, places a call, refreshes and revokes', async () => {
  const address = documents.publish('/walk/client.json');
  const config = await configureDescribed(app.url, address);
  const tokens = await obtainTokens(config, anna);

  await placeCall(tokens.access, '+447700900123');
  assert.equal((await callsOf(address)).length, 1);

  const later = await refresh(config, tokens.refresh);
  assert.notEqual(later.refresh, tokens.refresh, 'a public client gets a new refresh token each time');
  await oauth.tokenRevocation(config, later.refresh);
  await assert.rejects(refresh(config, later.refresh), { error: 'invalid_grant' });
});

test('a client that gives its keys in the document authenticates with them', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const address = documents.publish('/keyed/client.json', {
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', use: 'sig' }] },
  });
  const keyed = await configureDescribed(app.url, address, oauth.PrivateKeyJwt(privateKey));
  assert.notEqual((await obtainTokens(keyed, anna)).access, '');
  const unauthenticated = await configureDescribed(app.url, address);
  await assert.rejects(obtainTokens(unauthenticated, anna), { error: 'invalid_client' });
});

test('a client may push its request', async () => {
  const address = documents.publish('/pushing/client.json');
  const config = await configureDescribed(app.url, address);
  const verifier = oauth.randomPKCECodeVerifier();
  const url = await oauth.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const { callback } = await walk(anna, url);
  assert.notEqual((await redeem(config, { callback, verifier })).access, '');
});

test('a client is stored when a person first allows it, not before, with an act like other registrations', async () => {
  const address = documents.publish('/stored/client.json', { client_name: 'Stored' });
  const config = await configureDescribed(app.url, address);
  const newcomer = await addPerson(app, 'stored-newcomer');
  const { url } = await authorizationUrl(config);
  await newcomer.browser.get(url.href);
  assert.equal(await rowOf(address), undefined, 'the request alone stores no client');

  const refused = await browse(newcomer, url, { grant: 'false' });
  assert.match(refused.location, /error=access_denied/);
  assert.equal(await rowOf(address), undefined, 'a refusal stores no client');

  await authorize(config, newcomer);
  const { name, by, origins } = (await rowOf(address)) ?? {};
  assert.deepEqual(
    { name, by, origins },
    {
      name: `${documents.host} (“Stored”)`,
      by: 'document',
      origins: [new URL(MODERN_REDIRECT_URI).origin],
    },
  );
  assert.deepEqual(await actsOn(address), ['grantRefused', 'clientRegistered', 'grantAllowed']);
  const [act] = await app.sql(
    `SELECT actor, details FROM audit_log WHERE client_id = $1 AND action = 'clientRegistered'`,
    [address],
  );
  assert.deepEqual(act, { actor: 'user', details: { classic: false, public: true } });

  await authorize(config, await addPerson(app, 'stored-second'));
  assert.equal((await actsOn(address)).filter((action) => action === 'clientRegistered').length, 1);
});

test('a document that changes changes what is stored, when it is next read', async () => {
  const path = '/changing/client.json';
  const address = documents.publish(path, { client_name: 'Before' });
  const config = await configureDescribed(app.url, address);
  const { callback, verifier } = await authorize(config, anna);

  const elsewhere = 'https://app.example/cb';
  documents.publish(path, { client_name: 'After', redirect_uris: [elsewhere] });
  assert.notEqual((await redeem(config, { callback, verifier })).access, '', 'the code stays valid');
  assert.equal(
    (await rowOf(address))?.name,
    `${documents.host} (“Before”)`,
    'the server keeps it for a while',
  );

  const askAgain = () =>
    onFreshNode(async (node) => {
      const { url } = await authorizationUrl(await configureDescribed(node.url, address));
      return request(node, 'GET', url.pathname + url.search, OPENS_PAGE);
    });
  const old = await askAgain();
  assert.match(old.text, /redirect_uri did not match/);
  const row = await rowOf(address);
  assert.deepEqual([row?.name, row?.origins], [`${documents.host} (“After”)`, ['https://app.example']]);
  assert.deepEqual(row?.metadata['redirect_uris'], [elsewhere]);
  assert.equal((await actsOn(address)).at(-1), 'clientDocumentChanged');

  await askAgain();
  const changes = (await actsOn(address)).filter((action) => action === 'clientDocumentChanged');
  assert.equal(changes.length, 1, 'a document that stays the same changes nothing');
});

test('a server that read a document earlier does not store it over what another has stored', async () => {
  const path = '/two-nodes/client.json';
  const address = documents.publish(path, { client_name: 'Earlier' });
  const { url } = await authorizationUrl(await configureDescribed(app.url, address));
  assert.equal((await request(app, 'GET', url.pathname + url.search, OPENS_PAGE)).status, 303);

  documents.publish(path, { client_name: 'Later' });
  await onFreshNode(async (node) =>
    authorize(await configureDescribed(node.url, address), await addPerson(node, 'two-nodes')),
  );
  const later = await rowOf(address);
  assert.equal(later?.name, `${documents.host} (“Later”)`);

  await authorize(await configureDescribed(app.url, address), anna);
  assert.equal(documents.requested.filter((each) => each === path).length, 2, 'one reading by each server');
  assert.deepEqual(await rowOf(address), later);
  assert.deepEqual(await actsOn(address), ['clientRegistered', 'grantAllowed', 'grantAllowed']);
});

test('a change that cannot be stored is stored with the next request', async () => {
  const path = '/unstored/client.json';
  const address = documents.publish(path, { client_name: 'Before' });
  await authorize(await configureDescribed(app.url, address), anna);
  documents.publish(path, { client_name: 'Unstored' });
  await onFreshNode(async (node) => {
    const { url } = await authorizationUrl(await configureDescribed(node.url, address));
    const ask = () => request(node, 'GET', url.pathname + url.search, OPENS_PAGE);
    await app.sql(
      `ALTER TABLE clients ADD CONSTRAINT outage CHECK (name NOT LIKE '%(“Unstored”)') NOT VALID`,
    );
    assert.equal((await ask()).status, 500);
    await app.sql('ALTER TABLE clients DROP CONSTRAINT outage');
    assert.equal((await ask()).status, 303);
  });
  assert.equal((await rowOf(address))?.name, `${documents.host} (“Unstored”)`);
  assert.equal((await actsOn(address)).at(-1), 'clientDocumentChanged');
});

test('the name of a client does not end its own quotation marks', async () => {
  for (const [index, [said, shown]] of [
    ['x”) verified by Google (“', "x') verified by Google ('"],
    [`Bob’s "Best" 'App'`, "Bob's 'Best' 'App'"],
    ["x'') verified", "x') verified"],
    ['x″´´) «verified» 「by」 ❝us❞', "x') 'verified' 'by' 'us'"],
  ].entries()) {
    const address = documents.publish(`/quoted/${index}.json`, { client_name: said });
    const person = await addPerson(app, `quoted-${index}`);
    await authorize(await configureDescribed(app.url, address), person);
    const name = `${documents.host} (“${shown}”)`;
    assert.equal((await rowOf(address))?.name, name);
    const query = new URLSearchParams({ client_id: address });
    const question = await person.browser.get(`/oauth/end_session?${query}`, OPENS_PAGE);
    assert.ok(question.text.replaceAll('&#39;', "'").includes(`<strong>${name}</strong>`), question.text);
  }
});

test('a document is read once for the time that its host allows', async () => {
  const path = '/cached/client.json';
  const config = await configureDescribed(app.url, documents.publish(path));
  for (let round = 0; round < 3; round++) await authorize(config, anna);
  assert.equal(documents.requested.filter((each) => each === path).length, 1);
});

test('an administrator sees the client with its document, and changes nothing of what it says', async () => {
  const address = documents.publish('/admin/client.json', { client_name: 'Administered' });
  await authorize(await configureDescribed(app.url, address), anna);
  const path = `/admin/clients/${encodeURIComponent(address)}`;
  const shown = await administrator.send('GET', path);
  assert.equal(shown.status, 200, shown.text);
  const { id, name, registeredBy, redirectUris, grants } = shown.json<Record<string, unknown>>();
  assert.deepEqual(
    { id, name, registeredBy, redirectUris, grants },
    {
      id: address,
      name: `${documents.host} (“Administered”)`,
      registeredBy: 'document',
      redirectUris: [MODERN_REDIRECT_URI],
      grants: 1,
    },
  );
  for (const [setting, body] of [
    ['logout', {}],
    ['pkce', { required: false }],
    ['assertion-audience', { audience: 'tokenEndpoint' }],
  ] as const) {
    const answer = await administrator.send('PUT', `${path}/${setting}`, body);
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.json<{ error: string }>().error, 'client_described_by_document');
  }
  const calls = await administrator.send('GET', `/admin/calls?client=${encodeURIComponent(address)}`);
  const acts = await administrator.send('GET', `/admin/audit-log?client=${encodeURIComponent(address)}`);
  assert.deepEqual([calls.status, acts.status], [200, 200], acts.text);
});

test('the list of clients pages across one with a long address', async () => {
  const path = `/${'long'.repeat(53)}.json`;
  const address = documents.publish(path);
  await authorize(await configureDescribed(app.url, address), anna);
  assert.ok(address.length > 230);
  const first = await administrator.send('GET', '/admin/clients?page_size=1');
  const { nextPageToken } = first.json<{ nextPageToken: string }>();
  const next = await administrator.send('GET', `/admin/clients?page_size=1&page_token=${nextPageToken}`);
  assert.equal(next.status, 200, next.text);
});

test('an administrator removes the client: its tokens and calls end, and a person has to allow it again', async () => {
  const address = documents.publish('/removed/client.json');
  const config = await configureDescribed(app.url, address);
  const tokens = await obtainTokens(config, anna);
  await placeCall(tokens.access, '+447700900124');
  const gone = await administrator.send('DELETE', `/admin/clients/${encodeURIComponent(address)}`);
  assert.equal(gone.status, 204, gone.text);
  assert.equal(await isActive(config, tokens.access), false);
  assert.deepEqual(await callsOf(address), [{ ended: 'revocation' }]);
  await assert.rejects(refresh(config, tokens.refresh), { error: 'invalid_grant' });
  const { prompts } = await walk(anna, (await authorizationUrl(config)).url);
  assert.deepEqual(prompts, ['consent']);
});

test('a client cannot be allowed while it is being removed', async () => {
  const address = documents.publish('/removing/client.json');
  const config = await configureDescribed(app.url, address);
  await authorize(config, anna);
  await app.sql('UPDATE clients SET removed_at = now() WHERE id = $1', [address]);
  const other = await addPerson(app, 'removing');
  const answer = await browse(other, (await authorizationUrl(config)).url);
  assert.equal(answer.status, 404, answer.text);
  assert.equal((await app.sql('SELECT FROM grants WHERE client_id = $1', [address])).length, 1);
});

test('a client of a host that is off the list gets no more tokens, though it is stored; its access tokens stay until they expire', async () => {
  const origin = 'https://off-list.example';
  const address = documents.publish('/off-list/client.json', { origins: [origin] });
  const tokens = await obtainTokens(await configureDescribed(app.url, address), anna);
  const allowedOrigin = async ({ url }: { url: string }) =>
    (await fetch(`${url}/rest/call`, { headers: { origin } })).headers.get('access-control-allow-origin');
  for (const env of [{}, { CLIENT_DOCUMENT_HOSTS: 'other.example' }]) {
    await onFreshNode(async (node) => {
      const there = await configureDescribed(node.url, address);
      await assert.rejects(refresh(there, tokens.refresh), { error: 'invalid_client' });
      const { url } = await authorizationUrl(there);
      const page = await request(node, 'GET', url.pathname + url.search, OPENS_PAGE);
      assert.equal(page.status, 400);
      assert.equal(await callStatus(node, tokens.access), 200);
      assert.equal(await allowedOrigin(node), origin, 'scripts read what the token gives');
    }, env);
  }
  await administrator.send('DELETE', `/admin/clients/${encodeURIComponent(address)}`);
  assert.equal(await allowedOrigin(app), null, 'until the client is removed');
  assert.equal(documents.requested.filter((path) => path === '/off-list/client.json').length, 1);
});

test('scripts of its pages may use its tokens', async () => {
  const address = documents.publish('/cors/client.json', {
    redirect_uris: [MODERN_REDIRECT_URI],
    origins: ['https://app.example'],
  });
  const config = await configureDescribed(app.url, address);
  const { access, refresh: refreshToken } = await obtainTokens(config, anna);
  for (const [origin, allowed] of [
    ['https://app.example', 'https://app.example'],
    [new URL(MODERN_REDIRECT_URI).origin, new URL(MODERN_REDIRECT_URI).origin],
    ['https://evil.example', null],
  ] as const) {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: address,
    });
    const token = await fetch(`${app.url}/oauth/token`, { method: 'POST', headers: { origin }, body });
    assert.equal(token.headers.get('access-control-allow-origin'), allowed, 'the token endpoint');
    const api = await fetch(`${app.url}/rest/call`, { headers: { origin, ...bearer(access) } });
    assert.equal(api.headers.get('access-control-allow-origin'), allowed, 'the API');
  }
});

test('a person signs out at the request of such a client, and it gets a logout token', async () => {
  const receiver = documents.serve('/logout/token', { status: 204, body: '' });
  const bye = 'http://localhost:5555/bye';
  const address = documents.publish('/logout/client.json', {
    post_logout_redirect_uris: [bye],
    backchannel_logout_uri: receiver,
  });
  const person = await addPerson(app, 'leaving');
  await authorize(await configureDescribed(app.url, address), person, { scope: 'openid call' });
  const query = new URLSearchParams({ client_id: address, post_logout_redirect_uri: bye });
  const path = `${app.url}/oauth/end_session?${query}`;
  const question = await person.browser.get(path, OPENS_PAGE);
  assert.match(
    question.text,
    new RegExp(`<strong>${documents.host} \\(“Dialer”\\)</strong> asks to sign you out`),
  );
  const answer = await submit(person, path, question.text, { sign_out: 'true' });
  assert.equal(answer.location, bye);
  await until(
    () => `a logout token: ${documents.requested}`,
    () => documents.requested.includes('/logout/token'),
  );
});

suite('what such a client never gets', () => {
  const address = documents.publish('/limits/client.json', {
    grant_types: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:device_code',
      'implicit',
    ],
    response_types: ['code', 'none', 'id_token'],
    response_modes: ['query', 'fragment', 'classic.token'],
  });
  test('a token without a person, or a device code', async () => {
    const config = await configureDescribed(app.url, address);
    await authorize(config, anna);
    await assert.rejects(oauth.clientCredentialsGrant(config), {
      error_description: 'requested grant type is not allowed for this client',
    });
    await assert.rejects(oauth.initiateDeviceAuthorization(config, { scope: 'call' }), {
      error_description: 'urn:ietf:params:oauth:grant-type:device_code is not allowed for this client',
    });
  });
  test('the scope admin, also of an administrator', async () => {
    const path = '/limits/admin.json';
    for (const metadata of [{}, { scope: 'admin call' }]) {
      const asking = documents.publish(path + JSON.stringify(metadata).length, metadata);
      const { url } = await authorizationUrl(await configureDescribed(app.url, asking), {
        scope: 'admin call',
      });
      const answer = await anna.browser.follow(url.href);
      assert.match(answer.location, /error=invalid_scope/);
    }
  });
  test('a response type or mode of the flows of 2012', async () => {
    const config = await configureDescribed(app.url, address);
    for (const parameters of [{ response_type: 'none' }, { response_mode: 'classic.token' }]) {
      const { url } = await authorizationUrl(config, parameters);
      const answer = await anna.browser.follow(url.href);
      assert.doesNotMatch(answer.location, /code=|access_token=/);
    }
  });
  test('the flows of 2012, for which no document is read', async () => {
    const path = '/classic/client.json';
    const classic = documents.publish(path, { classic: true });
    const query = new URLSearchParams({
      client_id: classic,
      response_type: 'token',
      redirect_uri: MODERN_REDIRECT_URI,
      scope: 'call',
    });
    const answer = await request(app, 'GET', `/oauth/auth?${query}`, OPENS_PAGE);
    assert.equal(answer.status, 403, answer.text);
    assert.ok(!documents.requested.includes(path));
  });
});

test('registered clients are not affected', async () => {
  const registered = await addModernClient(app);
  const config = await registerDynamically(app);
  assert.notEqual((await obtainTokens(config, anna)).access, '');
  assert.ok(!registered.client.id.startsWith('https:'));
});
