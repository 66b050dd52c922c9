import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createSocketServer } from 'node:net';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { acceptDocumentsOf, documentPage, type Page, startDocumentHost } from './document-host.ts';
import { OPENS_PAGE } from './modern-walk.ts';

const documents = await startDocumentHost();
const { SINK_ALLOW_HOSTS } = acceptDocumentsOf(documents);
const silents = await Promise.all(Array.from({ length: 9 }, startSilentHost));
const silentPorts = silents.map(({ host }) => host).join();
const app = await startApp({
  CLIENT_DOCUMENT_HOSTS: `${documents.host},${silentPorts},127.0.0.1:1,*.allowed.example,localhost`,
  SINK_ALLOW_HOSTS: `${SINK_ALLOW_HOSTS},${silentPorts},127.0.0.1:1`,
  TRUST_PROXY: 'true',
});
const { host } = documents;
/** What a host may say when it is down, or does not know an address: longer than a document may be. */
const ERROR_PAGE = `<!doctype html>${'x'.repeat(10_000)}`;

/** Accepts connections and says nothing. */
async function startSilentHost(): Promise<{ readonly host: string; connections(): number; cut(): void }> {
  const sockets = new Set<import('node:net').Socket>();
  let connections = 0;
  const server = createSocketServer((socket) => {
    connections++;
    sockets.add(socket.on('error', () => {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  afterFile(() => {
    cut();
    server.close();
  });
  const { port } = server.address() as import('node:net').AddressInfo;
  return { host: `127.0.0.1:${port}`, connections: () => connections, cut };
}

function authorizationPath(clientId: string): string {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: MODERN_REDIRECT_URI,
    scope: 'call',
    code_challenge: 'a'.repeat(43),
    code_challenge_method: 'S256',
    state: 'state-of-the-request',
  });
  return `/oauth/authorize?${query}`;
}

/** @param address of the person, as a proxy tells it */
const open = (clientId: string, address = '192.0.2.1', to: { readonly url: string } = app) =>
  request(to, 'GET', authorizationPath(clientId), { ...OPENS_PAGE, 'x-forwarded-for': address });

/** As a page for the person, and as JSON for programs. */
async function assertRefused(
  clientId: string,
  reason: string | RegExp,
  status = 400,
  node: { readonly url: string } = app,
): Promise<void> {
  const page = await open(clientId, undefined, node);
  assert.equal(page.status, status, page.text);
  assert.equal(page.location, '');
  const title =
    status === 503 ? 'This application cannot be used now' : 'This application cannot be used here';
  assert.match(page.text, new RegExp(`<h1>${title}</h1>`));
  assert.doesNotMatch(page.text, /state-of-the-request|at file:|node_modules/);
  const answer = await request(node, 'GET', authorizationPath(clientId), { accept: 'application/json' });
  const { error, error_description: description } = answer.json<Record<string, string>>();
  assert.equal(error, status === 503 ? 'temporarily_unavailable' : 'invalid_client');
  assert.ok(description?.includes(clientId.slice(0, 60)), description);
  assert.match(description ?? '', /[^.]\.$/);
  assert.match(description ?? '', typeof reason === 'string' ? new RegExp(`: ${quote(reason)}\\.$`) : reason);
}

const quote = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

suite('the address of a document', () => {
  const path = `https://${host}/address/client.json`;
  const wrong: [string, string | RegExp][] = [
    [`https://${host}`, 'client_id must have a path, such as /client.json'],
    [`https://${host}/`, 'client_id must have a path, such as /client.json'],
    [`${path}#fragment`, 'client_id must not contain a fragment'],
    [`https://user:secret@${host}/client.json`, 'client_id must not contain a user name or a password'],
    [`https://${host}/a/../client.json`, /normal form, which is/],
    [`https://${host}/a/%2e%2e/client.json`, /normal form, which is/],
    [`https://${host}/./client.json`, /normal form, which is/],
    [`HTTPS://${host}/client.json`, /normal form, which is/],
    [`https://${host}\\client.json`, /normal form, which is/],
    [`https:${host}/client.json`, /normal form, which is/],
    [`https://a.allowed.example:443/client.json`, /normal form, which is/],
    [`https://${host}/${'a'.repeat(300)}`, 'client_id must have at most 256 characters'],
    [`https://`, 'client_id must be an https: URL'],
  ];
  for (const [address, reason] of wrong) {
    test(`${address.slice(0, 70)} is refused, and nothing is read`, async () => {
      const before = documents.requested.length;
      await assertRefused(address, reason);
      assert.equal(documents.requested.length, before);
    });
  }

  test('of plain http: is an unknown client', async () => {
    const page = await open(path.replace('https:', 'http:'));
    assert.equal(page.status, 400);
    assert.match(page.text, /client is invalid/);
  });
});

suite('the host of a document', () => {
  for (const address of [
    'https://other.example/client.json',
    'https://allowed.example/client.json',
    'https://notallowed.example/client.json',
    'https://a.allowed.example:8443/client.json',
    'https://allowed.example.evil.example/client.json',
    `https://${host.replace('localhost', 'localhost.')}/client.json`,
    'https://localhost:1/client.json',
  ]) {
    test(`${address} is not on the list`, async () => {
      await assertRefused(address, `this server does not accept documents of ${new URL(address).host}`);
    });
  }

  test('has a public address, unless SINK_ALLOW_HOSTS has it', async () => {
    await assertRefused('https://localhost/client.json', 'the address is not public');
  });

  test('is private only if both lists name it: a pattern accepts public hosts', async () => {
    const { port } = new URL(`https://${host}`);
    const path = '/pattern/client.json';
    const [named, numbered] = [documents.publish(path), `https://127.0.0.1:${port}${path}`];
    const below = `https://x.localhost:${port}${path}`;
    const allowed = `${host},127.0.0.1:${port},x.localhost:${port}`;
    const node = await startNode(app, {
      CLIENT_DOCUMENT_HOSTS: `*,*:${port},*.localhost:${port}`,
      SINK_ALLOW_HOSTS: allowed,
    });
    for (const address of [named, numbered, below])
      await assertRefused(address, 'the address is not public', 400, node);
    const others = await startNode(app, {
      CLIENT_DOCUMENT_HOSTS: `localhost,127.0.0.1,*:${port}`,
      SINK_ALLOW_HOSTS: allowed,
    });
    await assertRefused(named, 'the address is not public', 400, others);
    assert.ok(!documents.requested.includes(path));

    const both = await startNode(app, {
      CLIENT_DOCUMENT_HOSTS: `*:${port},${host}`,
      SINK_ALLOW_HOSTS: `127.0.0.1:${port},localhost`,
    });
    assert.equal((await open(named, undefined, both)).status, 303);
    await assertRefused(numbered, 'the address is not public', 400, both);
  });
});

suite('a document', () => {
  const text = (
    body: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Page => ({
    headers,
    body,
  });
  const pages: Record<string, [(address: string) => Page, string | RegExp]> = {
    'that is missing': [() => ({ status: 404, body: '' }), 'its host answered 404 instead of 200'],
    'with another status than 200': [
      (address) => ({ ...documentPage(address), status: 203 }),
      'its host answered 203 instead of 200',
    ],
    'that is missing, with a long page': [
      () => ({ status: 404, body: ERROR_PAGE }),
      'its host answered 404 instead of 200',
    ],
    'that moved': [
      () => ({ status: 302, headers: { location: `https://${host}/moved.json` }, body: ERROR_PAGE }),
      'its host answered 302, and redirects are not followed',
    ],
    'with another content type': [
      (address) => ({ ...documentPage(address), headers: { 'content-type': 'text/html' } }),
      'its content type is not application/json',
    ],
    'without a content type': [
      (address) => ({ ...documentPage(address), headers: {} }),
      'its content type is not application/json',
    ],
    'that is not JSON': [() => text('<!doctype html>'), 'it is not JSON'],
    'that is not UTF-8': [
      () => ({ ...text(''), body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }),
      'it is not JSON',
    ],
    'that is compressed unasked': [
      () => ({ ...text(''), body: Buffer.from([0x1f, 0x8b, 0x08, 0x00]) }),
      'it is not JSON',
    ],
    'that is a list': [() => text('[]'), 'it is not a JSON object'],
    'that is null': [() => text('null'), 'it is not a JSON object'],
    'that is longer than 5 kB': [
      (address) => documentPage(address, { padding: 'x'.repeat(5 * 1024) }),
      'the response has more than 5120 bytes',
    ],
    'with a name twice': [
      (address) => text(`{"client_id":"https://evil.example/","client_id":${JSON.stringify(address)}}`),
      'it has "client_id" twice',
    ],
    'with a name twice in two spellings': [
      (address) => text(`{"client_id":${JSON.stringify(address)},"x":[{"a":{},"\\u0061":"}"}]}`),
      'it has "a" twice',
    ],
    'of another client': [
      (address) => documentPage(address, { client_id: `${address}x` }),
      'its client_id is not its own address',
    ],
    'without client_id': [
      (address) => documentPage(address, { client_id: undefined }),
      'its client_id is not its own address',
    ],
    'with a secret': [
      (address) => documentPage(address, { client_secret: 'x' }),
      /: it must not contain client_secret/,
    ],
    'with a method that needs a secret': [
      (address) => documentPage(address, { token_endpoint_auth_method: 'client_secret_post' }),
      /: it must not use shared-secret/,
    ],
    'without a method': [
      (address) => documentPage(address, { token_endpoint_auth_method: undefined }),
      'token_endpoint_auth_method must be none or private_key_jwt',
    ],
    'with keys at another address': [
      (address) => documentPage(address, { jwks_uri: `https://${host}/keys` }),
      /jwks_uri and sector_identifier_uri are not supported: give the keys as jwks/,
    ],
    'with a private key': [
      (address) =>
        documentPage(address, {
          token_endpoint_auth_method: 'private_key_jwt',
          jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'a', d: 'a' }] },
        }),
      /JSON Web Key Set is invalid/,
    ],
    'with a symmetric key': [
      (address) => documentPage(address, { jwks: { keys: [{ kty: 'oct', k: 'a' }] } }),
      /JSON Web Key Set is invalid/,
    ],
    'that wants to be classic': [
      (address) => documentPage(address, { classic: true }),
      'only an administrator can register a classic client',
    ],
    'that turns PKCE off': [
      (address) => documentPage(address, { pkce_required: false }),
      'pkce_required can only be set by an administrator',
    ],
    'with another audience of its assertions': [
      (address) => documentPage(address, { assertion_audience: 'tokenEndpoint' }),
      'assertion_audience can only be set by an administrator',
    ],
    ...Object.fromEntries(
      [undefined, null, [], 'https://app.example/cb'].map((value) => [
        `with ${JSON.stringify(value)} as redirect URIs`,
        [
          (address: string) => documentPage(address, { redirect_uris: value }),
          'redirect_uris must be a list with at least one URI',
        ] as [(address: string) => Page, string],
      ]),
    ),
    'with a redirect URI of plain http:': [
      (address) => documentPage(address, { redirect_uris: ['http://app.example/cb'] }),
      /redirect_uris\[0\] must use https:/,
    ],
    'with a script as redirect URI': [
      (address) => documentPage(address, { redirect_uris: ['javascript:alert(1)'] }),
      /redirect_uris\[0\] must not use the scheme javascript:/,
    ],
    'with a wildcard': [
      (address) => documentPage(address, { redirect_uris: ['https://*.app.example/cb'] }),
      /redirect_uris\[0\] must not contain \*/,
    ],
    'with a deceptive name': [
      (address) => documentPage(address, { client_name: 'Goo\u202Egle' }),
      /client_name must not contain control characters or invisible characters/,
    ],
    ...Object.fromEntries(
      ['client_name', 'scope', 'token_endpoint_auth_method'].flatMap((name) =>
        [1, '', null].map((value) => [
          `with ${JSON.stringify(value)} as ${name}`,
          [
            (address: string) => documentPage(address, { [name]: value }),
            `${name} must be a string with at least one character`,
          ] as [(address: string) => Page, string],
        ]),
      ),
    ),
    'with the scope admin alone': [
      (address) => documentPage(address, { scope: 'admin' }),
      'scope must contain another scope than admin, which this server does not give to such clients',
    ],
    'without the keys with which it authenticates': [
      (address) => documentPage(address, { token_endpoint_auth_method: 'private_key_jwt' }),
      'jwks must contain the public keys of a client that uses private_key_jwt',
    ],
    'without the flow with codes': [
      (address) => documentPage(address, { grant_types: ['client_credentials'] }),
      'grant_types must contain authorization_code',
    ],
    'with response types alone that the server does not have': [
      (address) => documentPage(address, { response_types: ['id_token'] }),
      'response_types must contain code',
    ],
    'with response modes alone that the server does not have': [
      (address) => documentPage(address, { response_modes: ['fragment'] }),
      'response_modes must contain query or form_post',
    ],
    'with an unknown scope': [
      (address) => documentPage(address, { scope: 'call root' }),
      'scope must only contain scopes of this server, with one space between them',
    ],
    'with invalid origins': [
      (address) => documentPage(address, { origins: ['https://app.example/path'] }),
      /origins must be schemes with a host/,
    ],
    'with a private address for logout tokens': [
      (address) => documentPage(address, { backchannel_logout_uri: 'https://10.0.0.1/' }),
      'backchannel_logout_uri must have a public address, unless an administrator of this server allows the host with SINK_ALLOW_HOSTS',
    ],
    'with a logo at an address of another scheme': [
      (address) => documentPage(address, { logo_uri: 'http://10.0.0.1/' }),
      'logo_uri must be an https: URL',
    ],
  };
  for (const [index, [what, [page, reason]]] of Object.entries(pages).entries()) {
    test(`${what} is refused, for a page and a program`, async () => {
      await assertRefused(documents.serve(`/refused/${index}.json`, page), reason);
    });
  }

  test('that moved is not read where it is now', () => {
    assert.ok(!documents.requested.includes('/moved.json'));
  });

  test('is read once for a request that it refuses', async () => {
    const path = '/refused/once.json';
    await open(documents.serve(path, { body: '' }));
    assert.equal(documents.requested.filter((each) => each === path).length, 1);
  });

  test('with a content type of its own is accepted', async () => {
    const address = documents.serve('/accepted/type.json', (own) => ({
      ...documentPage(own),
      headers: { 'content-type': 'application/oauth-client+json; charset=utf-8' },
    }));
    assert.equal((await open(address)).status, 303);
  });

  test('of 5 kB is accepted, and so is what other servers need', async () => {
    const address = documents.publish('/accepted/others.json', {
      grant_types: ['authorization_code', 'implicit', 'urn:example:other'],
      response_types: ['code', 'id_token token'],
      logo_uri: `https://${host}/logo.png`,
      tos_uri: `https://${host}/terms`,
      contacts: ['a@app.example'],
      unknown: 'x'.repeat(4_000),
    });
    assert.equal((await open(address)).status, 303);
    assert.ok(!documents.requested.includes('/logo.png'));
  });
});

suite('a document that cannot be read now', () => {
  for (const [status, body] of [429, 500, 503].flatMap(
    (each) =>
      [
        [each, ''],
        [each, ERROR_PAGE],
      ] as const,
  )) {
    test(`because its host answers ${status} with ${body.length} bytes`, async () => {
      const address = documents.serve(`/unavailable/${status}-${body.length}.json`, { status, body });
      await assertRefused(address, `its host answered ${status}`, 503);
      const page = await open(address);
      assert.equal(page.headers.get('retry-after'), '30');
    });
  }

  test('because nothing listens there', async () => {
    await assertRefused('https://127.0.0.1:1/client.json', 'the connection was refused', 503);
  });

  /** Opens requests that wait for a silent host, until the others are refused. @returns why these were refused */
  async function openMany(
    requests: readonly (readonly [clientId: string, address: string])[],
    waiting: number,
  ): Promise<readonly string[]> {
    const before = countConnections();
    const texts: string[] = [];
    const opening = requests.map(async (each) => texts.push((await open(...each)).text));
    await until(
      () => `${waiting} connections: ${texts.length} answers, ${countConnections() - before}`,
      () => texts.length === requests.length - waiting && countConnections() - before === waiting,
    );
    for (const silent of silents) silent.cut();
    await Promise.all(opening);
    for (const text of texts.splice(requests.length - waiting))
      assert.match(text, /cannot be read now: the connection was cut/);
    return texts;
  }
  const countConnections = () => silents.reduce((sum, { connections }) => sum + connections(), 0);
  const documentOf = (silent: number, number: number) => `https://${silents[silent]?.host}/${number}.json`;

  test('because four documents of its host are being read', async () => {
    const requests = Array.from(
      { length: 12 },
      (_, index) => [documentOf(0, index), `198.51.100.${index}`] as const,
    );
    for (const text of await openMany(requests, 4)) assert.match(text, /too many documents of its host are/);
  });

  test('because four documents are being read for the same network, and others are still served', async () => {
    const ofOne = silents.map((_, index) => [documentOf(index, index), '198.51.100.1'] as const);
    const ofAnother = [documentOf(8, 100), '198.51.100.2'] as const;
    const refusals = await openMany([...ofOne, ofAnother], 5);
    assert.equal(refusals.length, 5);
    for (const text of refusals) assert.match(text, /too many documents are being read for your network/);
  });

  test('because sixteen are being read for networks of one IPv6 /48', async () => {
    const requests = Array.from(
      { length: 20 },
      (_, index) => [documentOf(index % 9, index), `2001:db8:1:${(index * 256).toString(16)}::1`] as const,
    );
    for (const text of await openMany(requests, 16)) assert.match(text, /for your network/);
  });

  test('because 32 are being read for all', async () => {
    const requests = Array.from(
      { length: 36 },
      (_, index) => [documentOf(index % 9, index), `198.51.100.${index}`] as const,
    );
    for (const text of await openMany(requests, 32))
      assert.match(text, /too many documents are being read now/);
  });
});
