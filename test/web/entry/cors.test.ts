import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  bearer,
  classicToken,
  MODERN_REDIRECT_URI,
} from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { getCalls } from '../classic/call.ts';
import { configure, obtainTokens } from '../oauth/modern-walk.ts';

const app = await startApp();
const ORIGIN = 'https://app.example';
const OTHERS_ORIGIN = 'https://other.example';
await addUser(app, 'anna');
const client = await addModernClient(app, { origins: [ORIGIN] });
await addModernClient(app, { origins: [OTHERS_ORIGIN] });
const { access: token } = await obtainTokens(await configure(app, client), {
  name: 'anna',
  browser: new Browser(app.url),
});

function allowedOrigin(answer: Answer): string | null {
  return answer.headers.get('access-control-allow-origin');
}

function preflight(origin: string, path = '/rest/call', method = 'POST'): Promise<Answer> {
  return request(app, 'OPTIONS', path, {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'authorization,content-type',
  });
}

suite('a script of a registered origin', () => {
  test('may read the answers to its own client’s token', async () => {
    const answer = await getCalls(app, token, { origin: ORIGIN });
    assert.equal(answer.status, 200);
    assert.equal(allowedOrigin(answer), ORIGIN);
    assert.match(answer.headers.get('access-control-expose-headers') ?? '', /location/i);
    assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  });

  test('gets an answer that caches keep for that origin alone', async () => {
    const answer = await getCalls(app, token, { origin: ORIGIN });
    assert.match(answer.headers.get('vary') ?? '', /\baccept\b/i);
    assert.match(answer.headers.get('vary') ?? '', /\borigin\b/i);
  });

  test('passes the preflight for every method and header of the API', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      for (const path of [
        '/rest/call',
        '/rest/call?token_call=some',
        '/admin/calls',
        '/admin/clients/some',
      ]) {
        const answer = await preflight(ORIGIN, path, method);
        assert.equal(answer.status, 204);
        assert.equal(allowedOrigin(answer), ORIGIN);
        assert.match(answer.headers.get('access-control-allow-methods') ?? '', new RegExp(method));
        const headers = (answer.headers.get('access-control-allow-headers') ?? '').toLowerCase();
        for (const name of ['authorization', 'dpop', 'content-type'])
          assert.ok(headers.includes(name), headers);
        assert.equal(headers.includes('authentication'), path.startsWith('/rest/call'), path);
      }
    }
  });

  test('can use the origin of a redirect URI, or a registered origin', async () => {
    assert.equal(allowedOrigin(await preflight('http://localhost:5555')), 'http://localhost:5555');
  });

  suite('can read that it was refused, and why', () => {
    for (const [why, headers, path, status] of [
      ['for an unknown token', bearer('unknown'), '/rest/call', 401],
      ['without a token', {}, '/rest/call', 401],
      ['for a header that cannot be read', { authorization: 'Bearer' }, '/rest/call', 401],
      ['for an unknown token at the admin API', bearer('unknown'), '/admin/users', 401],
      ['for a token without scope admin', bearer(token), '/admin/users', 403],
      ['for an unknown call', bearer(token), '/rest/call?token_call=unknown', 409],
    ] as const) {
      test(why, async () => {
        const answer = await request(app, 'GET', path, { ...headers, origin: ORIGIN });
        assert.equal(answer.status, status, answer.text);
        assert.equal(allowedOrigin(answer), ORIGIN);
        if (status === 401)
          assert.match(answer.headers.get('access-control-expose-headers') ?? '', /www-authenticate/i);
      });
    }
  });
});

suite('a script of a registered origin can read, at each API,', () => {
  for (const calls of ['/api/v1/calls', '/click-to-dial/v0.2/calls', '/rest/call', '/admin/calls'])
    for (const [what, method, path, status] of [
      ['that there is nothing at an address', 'GET', `${calls}/no/thing`, 404],
      ['that an address cannot be decoded', 'GET', `${calls}/%zz`, 400],
      ['that an address does not have the method', 'DELETE', calls, 405],
    ] as const)
      test(`${what}: ${method} ${path}`, async () => {
        const ask = (origin: string) => request(app, method, path, { ...bearer(token), origin });
        const answer = await ask(ORIGIN);
        assert.equal(answer.status, status, answer.text);
        assert.equal(allowedOrigin(answer), ORIGIN);
        assert.equal(allowedOrigin(await ask('https://evil.example')), null);
      });
});

suite('a page of a browser extension or in a web view', async () => {
  const origins = [
    'chrome-extension://abcdefghijklmnopabcdefghijklmnop',
    'moz-extension://4f5ccb0a-2f5b-4f3b-9c1e-8f0b6f5f7d11',
    'capacitor://localhost',
  ];
  const { client: application, secret } = await addModernClient(app, { origins });
  const person = { name: 'anna', browser: new Browser(app.url) };
  const tokens = await obtainTokens(await configure(app, { client: application, secret }), person);

  for (const origin of origins) {
    test(`may read the answers of every API: ${origin}`, async () => {
      for (const path of [
        '/rest/call',
        '/api/v1/calls',
        '/api/v1/me/limits',
        '/admin/users',
        '/api/v1/webhooks',
      ]) {
        assert.equal(allowedOrigin(await preflight(origin, path)), origin, path);
        const headers = { ...bearer(tokens.access), origin };
        assert.equal(allowedOrigin(await request(app, 'GET', path, headers)), origin, path);
      }
    });

    test(`may read the answers of every OAuth endpoint: ${origin}`, async () => {
      const headers = { origin, authorization: `Basic ${btoa(`${application.id}:${secret}`)}` };
      for (const path of ['token', 'introspect', 'revoke', 'par', 'device_authorization']) {
        assert.equal(allowedOrigin(await preflight(origin, `/oauth/${path}`)), origin, path);
        const answer = await new Browser(app.url).post(
          `/oauth/${path}`,
          { token: 'x', scope: 'call' },
          headers,
        );
        assert.equal(allowedOrigin(answer), origin, path);
      }
      for (const path of ['/oauth/jwks', '/.well-known/openid-configuration'])
        assert.equal(allowedOrigin(await request(app, 'GET', path, { origin })), origin, path);
    });
  }
});

suite('a script of any other origin may read nothing', () => {
  for (const origin of [
    'https://evil.example',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'http://app.example',
    'https://APP.example',
    'chrome-extension://abcdefghijklmnopabcdefghijklmnoq',
    'capacitor://other',
    'null',
    '*',
  ]) {
    test(origin, async () => {
      const answer = await getCalls(app, token, { origin });
      assert.equal(allowedOrigin(answer), null);
      const response = await preflight(origin);
      assert.equal(allowedOrigin(response), null);
      assert.equal(response.headers.get('access-control-allow-methods'), null);
    });
  }

  test('the origin of another client than the token’s', async () => {
    assert.equal(allowedOrigin(await preflight(OTHERS_ORIGIN)), OTHERS_ORIGIN);
    assert.equal(allowedOrigin(await getCalls(app, token, { origin: OTHERS_ORIGIN })), null);
  });

  test('the origin of a client that was deleted', async () => {
    const removedClient = await app.clients.registerClient(
      {
        name: 'Gone',
        redirectUris: ['https://gone.example/cb'],
      },
      COMMAND_LINE,
    );
    assert.equal(allowedOrigin(await preflight('https://gone.example')), 'https://gone.example');
    await app.clients.removeClient(removedClient.client.id, COMMAND_LINE);
    assert.equal(allowedOrigin(await preflight('https://gone.example')), null);
  });
});

test('the sign-in pages are no script’s to read, registered origin or not', async () => {
  for (const path of ['/auth/login', '/auth/grant', '/oauth/auth', '/test', '/auth/logout']) {
    const answer = await request(app, 'GET', path, { origin: ORIGIN, 'sec-fetch-site': 'cross-site' });
    assert.equal(allowedOrigin(answer), null, path);
  }
});

test('the admin API follows the same rules', async () => {
  const administrator = await addAdministrator(app);
  const { origin } = new URL(MODERN_REDIRECT_URI);
  assert.equal(allowedOrigin(await administrator.get('/admin/users', { origin })), origin);
  assert.equal(allowedOrigin(await administrator.get('/admin/users', { origin: ORIGIN })), null);
  const anna = await classicToken(app, await addClassicClient(app), 'anna');
  assert.equal(allowedOrigin(await getCalls(app, anna, { origin: ORIGIN })), null);
});
