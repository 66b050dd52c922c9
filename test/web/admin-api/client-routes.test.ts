import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { addModernClient, addUser, classicToken } from '../../harness/people.ts';
import { getCalls, openCall } from '../classic/call.ts';
import { classicCode, redeem } from '../classic/flow.ts';
import { registerWithKey } from '../oauth/modern-walk.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10 });
const redirectUri = `${app.url}/test`;

interface ShownClient {
  readonly id: string;
  readonly name: string;
  readonly classic: boolean;
  readonly public: boolean;
  readonly redirectUris: readonly string[];
  readonly origins: readonly string[];
  readonly createdAt: string;
  readonly secret?: string;
}

function register(body: unknown): Promise<Answer> {
  return administrator.send('POST', '/admin/clients', body);
}

async function registerClassic(name: string) {
  const answer = await register({ name, redirectUris: [redirectUri], classic: true });
  assert.equal(answer.status, 201, answer.text);
  const { id, secret = '' } = answer.json<ShownClient>();
  return { id, secret, redirectUri };
}

async function countClients(): Promise<unknown> {
  const [row] = await app.sql('SELECT count(*)::integer AS count FROM clients');
  return row?.['count'];
}

suite('POST /admin/clients', () => {
  test('registers a classic client that can use the documented flow, and shows its secret once', async () => {
    const answer = await register({ name: 'Intranet', redirectUris: [redirectUri], classic: true });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { id, secret = '', createdAt, ...rest } = answer.json<ShownClient>();
    assert.deepEqual(rest, {
      name: 'Intranet',
      classic: true,
      public: false,
      redirectUris: [redirectUri],
      origins: [app.url],
      assertionAudience: 'issuer',
      postLogoutRedirectUris: [],
      backchannelLogoutUri: null,
      backchannelLogoutSessionRequired: false,
      pkceRequired: true,
      registeredBy: 'administrator',
    });
    assert.ok(Date.now() - Date.parse(createdAt) < 60_000);
    const code = await classicCode(app, { id, secret, redirectUri }, 'anna');
    assert.equal((await redeem(app, { id, secret, redirectUri }, code)).status, 303);

    const [row] = await app.sql('SELECT secret_hash, to_jsonb(c) AS client FROM clients c WHERE id = $1', [
      id,
    ]);
    assert.ok(!JSON.stringify(row).includes(secret));
    assert.equal(row?.['secret_hash'], createHash('sha256').update(secret).digest('base64url'));
  });

  test('registers a public client, without a secret', async () => {
    const answer = await register({ name: 'Page', redirectUris: ['https://page.example/cb'], public: true });
    assert.equal(answer.status, 201);
    const client = answer.json<ShownClient>();
    assert.equal(client.public, true);
    assert.equal(client.classic, false);
    assert.ok(!('secret' in client));
    const [row] = await app.sql('SELECT secret_hash, classic FROM clients WHERE id = $1', [client.id]);
    assert.deepEqual(row, { secret_hash: null, classic: false });
  });

  test('registers a modern client with a secret by default', async () => {
    const answer = await register({ name: 'Modern', redirectUris: ['https://modern.example/cb'] });
    const client = answer.json<ShownClient>();
    assert.deepEqual([answer.status, client.classic, client.public], [201, false, false]);
    assert.ok((client.secret ?? '').length >= 43);
  });

  test('adds origins to those of the redirect URIs, each once', async () => {
    const answer = await register({
      name: 'With origins',
      redirectUris: ['https://app.example/cb', 'https://app.example/other', 'com.example.app:/cb'],
      origins: ['https://page.example', 'http://localhost:3000', 'https://app.example'],
    });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(answer.json<ShownClient>().origins, [
      'https://app.example',
      'https://page.example',
      'http://localhost:3000',
    ]);
  });

  test('accepts the origins of browser extensions and of applications in a web view', async () => {
    const extension = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';
    const origins = ['moz-extension://4f5ccb0a-2f5b-4f3b-9c1e-8f0b6f5f7d11', 'capacitor://localhost'];
    const answer = await register({ name: 'X', redirectUris: [`${extension}/cb`, 'app:/cb'], origins });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(answer.json<ShownClient>().origins, [extension, ...origins]);
  });

  const refused: Record<string, readonly [unknown, RegExp]> = {
    'classic and public at once': [
      { name: 'X', redirectUris: [redirectUri], classic: true, public: true },
      /classic client .* cannot be public/,
    ],
    'no name': [{ redirectUris: [redirectUri] }, /Missing parameter: name/],
    'an empty name': [{ name: '', redirectUris: [redirectUri] }, /name/],
    'a blank name': [{ name: '  ', redirectUris: [redirectUri] }, /name/],
    'a name with a zero-width space': [{ name: 'C\u200bRM', redirectUris: [redirectUri] }, /invisible/],
    'a name that changes the writing direction': [
      { name: 'CRM \u202e', redirectUris: [redirectUri] },
      /invisible/,
    ],
    'a name with a control character': [{ name: 'CRM\u0001', redirectUris: [redirectUri] }, /control/],
    'a name of a letter that looks like a space': [
      { name: '\u3164', redirectUris: [redirectUri] },
      /invisible/,
    ],
    'too long a name': [{ name: 'x'.repeat(101), redirectUris: [redirectUri] }, /name/],
    'no redirect URI': [{ name: 'X' }, /Missing parameter: redirectUris/],
    'an empty list of redirect URIs': [{ name: 'X', redirectUris: [] }, /redirectUris/],
    'a redirect URI that is none': [
      { name: 'X', redirectUris: ['nowhere'] },
      /^Redirect URI 1 must be an absolute URI/,
    ],
    'a redirect URI with a fragment': [
      { name: 'X', redirectUris: ['https://app.example/cb#part'] },
      /^Redirect URI 1 must not contain a fragment/,
    ],
    'a redirect URI that runs a script': [
      { name: 'X', redirectUris: ['javascript:alert(1)'] },
      /^Redirect URI 1 must not use the scheme javascript:/,
    ],
    'one bad redirect URI among good ones': [
      { name: 'X', redirectUris: [redirectUri, 'bad'], classic: true },
      /^Redirect URI 2 must be an absolute URI/,
    ],
    'redirect URIs that are no list': [{ name: 'X', redirectUris: redirectUri }, /redirectUris/],
    'an origin with a path': [
      { name: 'X', redirectUris: [redirectUri], origins: ['https://app.example/path'] },
      /origin/,
    ],
    'an origin with a trailing slash': [
      { name: 'X', redirectUris: [redirectUri], origins: ['https://app.example/'] },
      /origin/,
    ],
    'the origin of a browser extension with a path': [
      {
        name: 'X',
        redirectUris: [redirectUri],
        origins: ['chrome-extension://abcdefghijklmnopabcdefghijklmnop/page'],
      },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'the origin of a browser extension in capitals': [
      { name: 'X', redirectUris: [redirectUri], origins: ['moz-extension://ABC'] },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'the origin of a browser extension without an id': [
      { name: 'X', redirectUris: [redirectUri], origins: ['chrome-extension://'] },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'an origin with a user name': [
      { name: 'X', redirectUris: [redirectUri], origins: ['capacitor://me@localhost'] },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'an origin of another scheme': [
      { name: 'X', redirectUris: [redirectUri], origins: ['com.example.app://host'] },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'an origin of the browser itself': [
      { name: 'X', redirectUris: [redirectUri], origins: ['chrome://settings'] },
      /origins must be schemes .* one of http:, https:, chrome-extension:/,
    ],
    'any origin': [{ name: 'X', redirectUris: [redirectUri], origins: ['*'] }, /origin/],
    'the origin null': [{ name: 'X', redirectUris: [redirectUri], origins: ['null'] }, /origin/],
    'a classic that is no boolean': [{ name: 'X', redirectUris: [redirectUri], classic: 'true' }, /classic/],
    'an unknown property': [
      { name: 'X', redirectUris: [redirectUri], secret: 'mine' },
      /Unknown parameter: secret/,
    ],
    'a list': [[], /body/],
  };
  for (const [what, [body, message]] of Object.entries(refused)) {
    test(`400 with the reason, and no client, for ${what}`, async () => {
      const before = await countClients();
      const answer = await register(body);
      assert.equal(answer.status, 400, answer.text);
      assert.match(String(answer.json()['message']), message);
      assert.equal(await countClients(), before);
    });
  }
});

suite('GET /admin/clients', () => {
  test('lists clients, newest first, without secrets', async () => {
    const { id, secret } = await registerClassic('Listed');
    const answer = await administrator.get('/admin/clients');
    assert.equal(answer.status, 200);
    const { clients } = answer.json<{ clients: ShownClient[] }>();
    assert.equal(clients.length, await countClients());
    assert.equal(clients.at(-1)?.name, 'Console');
    const [listed] = clients;
    assert.deepEqual([listed?.id, listed?.name, listed?.classic], [id, 'Listed', true]);
    assert.doesNotMatch(answer.text, /secret/i);
    assert.ok(!answer.text.includes(createHash('sha256').update(secret).digest('base64url')));
  });

  test('has pages, also for clients registered in the same microsecond', async () => {
    await app.sql(
      `INSERT INTO clients (id, name, metadata, created_at)
       SELECT 'twin-' || n, 'Twin', '{}', now() FROM generate_series(1, 7) n`,
    );
    const seen: string[] = [];
    let query = '?page_size=3';
    for (let page = 0; page < 100 && query !== ''; page++) {
      const answer = await administrator.get(`/admin/clients${query}`);
      const { clients, nextPageToken } = answer.json<{ clients: ShownClient[]; nextPageToken?: string }>();
      assert.ok(clients.length <= 3, answer.text);
      seen.push(...clients.map(({ id }) => id));
      query = nextPageToken === undefined ? '' : `?page_size=3&page_token=${nextPageToken}`;
    }
    const rows = await app.sql<{ id: string }>('SELECT id FROM clients ORDER BY created_at DESC, id DESC');
    assert.deepEqual(
      seen,
      rows.map(({ id }) => id),
    );
  });

  test('refuses the page token of another list', async () => {
    const { nextPageToken } = (await administrator.get('/admin/audit-log?page_size=1')).json<{
      nextPageToken: string;
    }>();
    const answer = await administrator.get(`/admin/clients?page_token=${nextPageToken}`);
    assert.equal(answer.status, 400, answer.text);
  });
});

suite('PUT /admin/clients/{id}/assertion-audience', () => {
  const put = (id: string, body: unknown) =>
    administrator.send('PUT', `/admin/clients/${id}/assertion-audience`, body);

  test('changes the audience of a client that authenticates with a key', async () => {
    const id = await registerWithKey(app);
    const answer = await put(id, { audience: 'tokenEndpoint' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json()['assertionAudience'], 'tokenEndpoint');
    assert.equal(
      (await administrator.get(`/admin/clients/${id}`)).json()['assertionAudience'],
      'tokenEndpoint',
    );
    assert.equal((await put(id, { audience: 'issuer' })).json()['assertionAudience'], 'issuer');
  });

  test('refuses other clients and other audiences', async () => {
    const { id } = await registerClassic('Without a key');
    assert.equal((await put(id, { audience: 'issuer' })).status, 409);
    assert.equal((await put('unknown', { audience: 'issuer' })).status, 404);
    assert.equal((await put(id, { audience: 'everybody' })).status, 400);
  });
});

suite('PUT /admin/clients/{id}/pkce', () => {
  const put = (id: string, body: unknown) => administrator.send('PUT', `/admin/clients/${id}/pkce`, body);
  const isRequired = async (id: string) =>
    (await administrator.get(`/admin/clients/${id}`)).json()['pkceRequired'];

  test('lifts PKCE for a confidential client, also one with a key, and requires it again', async () => {
    for (const id of [(await addModernClient(app)).client.id, await registerWithKey(app)]) {
      assert.equal(await isRequired(id), true);
      const answer = await put(id, { required: false });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json()['pkceRequired'], false);
      assert.equal(await isRequired(id), false);
      assert.equal((await put(id, { required: true })).json()['pkceRequired'], true);
      assert.equal(await isRequired(id), true);
    }
  });

  test('refuses it for public and classic clients, and other values', async () => {
    const open = (await addModernClient(app, { public: true })).client.id;
    const classic = (await registerClassic('Without PKCE')).id;
    for (const [id, message] of [
      [open, /is public, so it must use PKCE/],
      [classic, /is classic, so it never uses PKCE/],
    ] as const) {
      const answer = await put(id, { required: false });
      assert.equal(answer.status, 409);
      assert.equal(answer.json()['error'], 'pkce_not_optional');
      assert.match(String(answer.json()['message']), message);
      assert.equal(await isRequired(id), true);
    }
    assert.equal((await put(open, { required: true })).status, 200);
    assert.equal((await put('unknown', { required: false })).status, 404);
    assert.equal((await put(open, { required: 'no' })).status, 400);
    assert.equal((await put(open, {})).status, 400);
  });
});

suite('POST /admin/clients/{id}/secret', () => {
  test('returns a new secret; the old one stops working at once', async () => {
    const client = await registerClassic('Rotating');
    const answer = await administrator.send('POST', `/admin/clients/${client.id}/secret`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const { secret = '', id } = answer.json<ShownClient>();
    assert.equal(id, client.id);
    assert.ok(secret.length >= 43 && secret !== client.secret);

    const code = await classicCode(app, client, 'anna');
    assert.equal((await redeem(app, client, code)).status, 401);
    assert.equal((await redeem(app, { ...client, secret }, code)).status, 303);
  });

  test('409 for a public client, which has none', async () => {
    const { id } = (
      await register({ name: 'Public', redirectUris: ['https://p.example/cb'], public: true })
    ).json<ShownClient>();
    const answer = await administrator.send('POST', `/admin/clients/${id}/secret`);
    assert.equal(answer.status, 409);
    assert.equal(answer.json()['error'], 'client_has_no_secret');
  });

  test('404 for an unknown client', async () => {
    const answer = await administrator.send('POST', '/admin/clients/unknown/secret');
    assert.equal(answer.status, 404);
    assert.equal(answer.json()['error'], 'client_not_found');
  });
});

suite('DELETE /admin/clients/{id}', () => {
  test('ends the client’s tokens, codes and ongoing calls at once; its calls stay listed', async () => {
    const client = await registerClassic('Doomed');
    const token = await classicToken(app, client, 'anna');
    const code = await classicCode(app, client, 'anna');
    const id = await openCall(app, token);

    const answer = await administrator.send('DELETE', `/admin/clients/${client.id}`);
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    assert.equal((await getCalls(app, token)).status, 401);
    assert.equal((await redeem(app, client, code)).status, 403);
    for (const table of ['access_tokens', 'grants', 'authorizations']) {
      assert.deepEqual(await app.sql(`SELECT 1 FROM ${table} WHERE client_id = $1`, [client.id]), []);
    }

    const listed = await administrator.get(`/admin/calls?client=${client.id}`);
    const { calls } = listed.json<{ calls: { id: string; state: string }[] }>();
    assert.deepEqual(
      calls.map((call) => [call.id, call.state]),
      [[id, 'disconnected']],
    );
    const call = (await administrator.get(`/admin/calls/${id}`)).json();
    assert.deepEqual([call['reason'], call['endedBy']], ['other', 'revocation']);
  });

  test('leaves other clients’ tokens alone', async () => {
    const [doomed, kept] = [await registerClassic('Doomed'), await registerClassic('Kept')];
    const token = await classicToken(app, kept, 'anna');
    await administrator.send('DELETE', `/admin/clients/${doomed.id}`);
    assert.equal((await getCalls(app, token)).status, 200);
  });

  test('404 for an unknown client, and for one deleted before', async () => {
    const { id } = await registerClassic('Doomed');
    assert.equal((await administrator.send('DELETE', `/admin/clients/${id}`)).status, 204);
    for (const unknown of [id, 'unknown']) {
      const answer = await administrator.send('DELETE', `/admin/clients/${unknown}`);
      assert.equal(answer.status, 404);
      assert.equal(answer.json()['error'], 'client_not_found');
    }
  });
});
