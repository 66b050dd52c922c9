import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  MODERN_REDIRECT_URI,
  PASSWORD,
} from '../../harness/people.ts';
import { FORM, request } from '../../platform/http/request.ts';
import { credentials, type Parameters, parametersOf, signedInBrowser, withQuery } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const browser = await signedInBrowser(app, client, 'anna');

const parameters = parametersOf(client, 'code');
const redemption = {
  client_id: client.id,
  client_secret: client.secret,
  code: 'some-code',
  redirect_uri: client.redirectUri,
  grant_type: 'authorization_code',
};

/** Every address of the classic authorization API, with a complete request for each. */
const addresses: readonly (readonly ['GET' | 'POST', string, Parameters])[] = [
  ['GET', '/oauth/auth', parameters],
  ['GET', '/auth/login', parameters],
  ['POST', '/auth/login', { ...parameters, ...credentials('anna') }],
  ['GET', '/auth/grant', parameters],
  ['POST', '/auth/grant', { ...parameters, grant: 'true' }],
  ['GET', '/oauth/token', redemption],
];

function send(method: 'GET' | 'POST', path: string, sent: Parameters): Promise<Answer> {
  return method === 'GET' ? browser.get(withQuery(path, sent)) : browser.post(path, sent);
}

function assertRefused(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.location, '');
  assert.equal(answer.json()['error'], error);
}

for (const [method, path, complete] of addresses) {
  suite(`${method} ${path}`, () => {
    const required = Object.keys(complete).filter((name) => name !== 'grant');

    for (const name of required) {
      test(`names the missing ${name}`, async () => {
        const { [name]: _, ...rest } = complete;
        const answer = await send(method, path, rest);
        assertRefused(answer, 400, 'invalid_input');
        assert.deepEqual(answer.json(), {
          error: 'invalid_input',
          message: `Missing parameter: ${name}`,
          field: name,
        });
      });

      test(`names the empty ${name}`, async () => {
        const answer = await send(method, path, { ...complete, [name]: '' });
        assertRefused(answer, 400, 'invalid_input');
        assert.equal(answer.json()['field'], name);
        assert.match(String(answer.json()['message']), new RegExp(name));
      });
    }

    test('refuses a parameter given twice, and names it', async () => {
      const twice = `${new URLSearchParams(complete)}&redirect_uri=${client.redirectUri}`;
      const answer =
        method === 'GET'
          ? await browser.get(`${path}?${twice}`)
          : await request(app, 'POST', path, FORM, twice);
      assertRefused(answer, 400, 'invalid_input');
      assert.equal(answer.json()['field'], 'redirect_uri');
    });

    test('refuses an unknown client, and redirects nowhere', async () => {
      assertRefused(await send(method, path, { ...complete, client_id: 'nobody' }), 403, 'client_unknown');
    });
  });
}

suite('a client that is not classic', () => {
  let modern: Parameters;
  before(async () => {
    const registered = await addModernClient(app);
    modern = {
      client_id: registered.client.id,
      redirect_uri: MODERN_REDIRECT_URI,
      client_secret: registered.secret ?? '',
    };
  });

  for (const [method, path, complete] of addresses) {
    test(`is refused at ${method} ${path}`, async () => {
      const known = Object.fromEntries(Object.entries(modern).filter(([name]) => name in complete));
      assertRefused(await send(method, path, { ...complete, ...known }), 403, 'client_unknown');
      assert.deepEqual(await app.sql('SELECT 1 FROM grants WHERE client_id = $1', [modern['client_id']]), []);
    });
  }
});

suite('a redirect URI that is not exactly the registered one', () => {
  const { origin, port } = new URL(app.url);
  const wrong = {
    'with a trailing slash': `${origin}/test/`,
    'below it': `${origin}/test/further`,
    'on another port': `http://localhost:${Number(port) + 1}/test`,
    'on another name for the host': `http://127.0.0.1:${port}/test`,
    'with a query': `${origin}/test?next=1`,
    'with a fragment': `${origin}/test#part`,
    'in other letters': `${origin}/TEST`,
    'by another scheme': `https://localhost:${port}/test`,
    'with a name before the host': `http://me@localhost:${port}/test`,
  };
  for (const [how, redirectUri] of Object.entries(wrong)) {
    test(`is refused ${how}`, async () => {
      for (const [method, path, complete] of addresses.slice(0, 5)) {
        const answer = await send(method, path, { ...complete, redirect_uri: redirectUri });
        assertRefused(answer, 403, 'redirect_uri_mismatch');
      }
      assert.deepEqual(await app.sql('SELECT 1 FROM grants'), []);
    });
  }
});

test('a response_type other than code and token is refused, and named', async () => {
  for (const responseType of ['none', 'id_token', 'code token', 'CODE', 'password']) {
    for (const [method, path, complete] of addresses.slice(0, 5)) {
      const answer = await send(method, path, { ...complete, response_type: responseType });
      assertRefused(answer, 400, 'invalid_input');
      assert.equal(answer.json()['field'], 'response_type');
    }
  }
});

test('a grant_type other than authorization_code is refused, and named', async () => {
  for (const grantType of ['password', 'refresh_token', 'client_credentials']) {
    const answer = await send('GET', '/oauth/token', { ...redemption, grant_type: grantType });
    assertRefused(answer, 400, 'invalid_input');
    assert.equal(answer.json()['field'], 'grant_type');
  }
});

test('a refused sign-in request begins no session', async () => {
  const stranger = new Browser(app.url);
  const answer = await stranger.post('/auth/login', {
    ...parameters,
    client_id: 'nobody',
    username: 'anna',
    password: PASSWORD,
  });
  assert.equal(answer.status, 403);
  assert.deepEqual(answer.headers.getSetCookie(), []);
});
