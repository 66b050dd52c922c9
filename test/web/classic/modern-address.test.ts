import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addModernClient, addUser, MODERN_REDIRECT_URI } from '../../harness/people.ts';
import { parametersOf, signedInBrowser, withQuery } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const browser = await signedInBrowser(app, client, 'anna');
await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'true' });
const parameters = { client_id: client.id, redirect_uri: client.redirectUri, scope: 'call' };

function tokens(): Promise<Record<string, unknown>[]> {
  return app.sql('SELECT 1 FROM access_tokens');
}

/** Asks at the modern address as a modern client would, in all but the response type and mode. */
function askAsModern(clientId: string, responseType: string, responseMode: string): Promise<Answer> {
  return browser.get(
    withQuery('/oauth/authorize', {
      client_id: clientId,
      redirect_uri: MODERN_REDIRECT_URI,
      scope: 'call',
      response_type: responseType,
      response_mode: responseMode,
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    }),
  );
}

test('a classic client gets no code by a response mode of the modern address', async () => {
  for (const mode of [{ response_mode: 'query' }, { response_mode: 'form_post' }, {}]) {
    const answer = await browser.get(
      withQuery('/oauth/authorize', { ...parameters, response_type: 'code', ...mode }),
    );
    assert.ok(!`${answer.location} ${answer.text}`.includes('code='), answer.location);
    assert.match(`${answer.location} ${answer.text}`, /error/);
  }
});

test('a client that is not classic gets nothing by the classic response modes', async () => {
  const { client: modern } = await addModernClient(app);
  for (const [responseType, mode] of [
    ['code', 'classic.code'],
    ['code', 'classic.token'],
    ['none', 'classic.token'],
    ['none', 'query'],
    ['token', 'classic.token'],
  ] as const) {
    const answer = await askAsModern(modern.id, responseType, mode);
    assert.doesNotMatch(answer.location, /access_token=|[?&]code=|\/interaction\//, answer.location);
    assert.match(`${answer.location} ${answer.text}`, /error/);
  }
  assert.deepEqual(await tokens(), []);
});

test('the response types token and none are advertised nowhere', async () => {
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const metadata = (await browser.get(`/.well-known/${name}`)).json<Record<string, string[]>>();
    assert.deepEqual(metadata['response_types_supported'], ['code']);
    assert.deepEqual(metadata['response_modes_supported'], ['query', 'form_post']);
    assert.ok(!metadata['grant_types_supported']?.includes('implicit'));
  }
});

const MODES = ['classic.code', 'classic.token'];
const TYPES = ['code', 'none', 'token', 'code token'];

/** The parameters of an error that the application gets: in the query, in the fragment, or in a form. */
function errorOf({ location, text }: Answer): Record<string, string> {
  if (location !== '') {
    const { hash, search } = new URL(location);
    return Object.fromEntries(new URLSearchParams(hash === '' ? search : hash.slice(1)));
  }
  const inputs = [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
  return Object.fromEntries(inputs.map(([, name, value]) => [name, value]));
}

suite('the classic response modes are refused at the modern endpoint, with the issuer,', async () => {
  const { client: modern } = await addModernClient(app);
  const requests = {
    'to a classic client': { client_id: client.id, redirect_uri: client.redirectUri },
    'to a classic client with PKCE': {
      ...{ client_id: client.id, redirect_uri: client.redirectUri },
      ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
    },
    'to a modern client': {
      ...{ client_id: modern.id, redirect_uri: MODERN_REDIRECT_URI },
      ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
    },
  };
  for (const [who, asked] of Object.entries(requests))
    test(`${who}, whatever the response type and the prompt`, async () => {
      for (const response_mode of MODES)
        for (const response_type of TYPES)
          for (const prompt of ['none', 'consent', 'login', undefined]) {
            const answer = await browser.get(
              withQuery('/oauth/authorize', {
                ...{ ...asked, response_mode, response_type, scope: 'call', state: 's' },
                ...(prompt !== undefined && { prompt }),
              }),
            );
            assert.equal(answer.status, 303);
            assert.ok(answer.location.startsWith(`${asked.redirect_uri}?`), answer.location);
            assert.deepEqual(errorOf(answer), {
              error: 'invalid_request',
              error_description: 'requested response_mode is not allowed for this client or request',
              state: 's',
              iss: app.url,
            });
          }
      assert.deepEqual(await tokens(), []);
    });

  test('also when the request is wrong in another way', async () => {
    for (const wrong of ['prompt=never', 'scope=call&scope=call', 'request=x', 'max_age=x', 'resource=x'])
      for (const response_mode of MODES) {
        const query = new URLSearchParams({ ...parameters, response_mode, response_type: 'code' });
        const answer = await browser.get(`/oauth/authorize?${query}&${wrong}`);
        assert.equal(errorOf(answer)['iss'], app.url, `${wrong}: ${answer.location} ${answer.text}`);
      }
  });

  test('also at the address that continues an authorization', async () => {
    for (const response_mode of MODES) {
      const query = { ...parameters, response_mode, response_type: 'code' };
      const answer = await browser.get(withQuery('/oauth/authorize/unknown', query));
      assert.equal(errorOf(answer)['iss'], app.url, answer.location);
    }
  });

  test('also as a pushed request', async () => {
    const modernWithSecret = await addModernClient(app);
    for (const [registered, redirectUri] of [
      [client, client.redirectUri],
      [{ id: modernWithSecret.client.id, secret: modernWithSecret.secret ?? '' }, MODERN_REDIRECT_URI],
    ] as const)
      for (const response_mode of MODES)
        for (const response_type of TYPES) {
          const authentication =
            registered === client
              ? { client_id: client.id, client_secret: client.secret }
              : { client_id: registered.id };
          const headers =
            registered === client
              ? undefined
              : { authorization: `Basic ${btoa(`${registered.id}:${registered.secret}`)}` };
          const pushed = {
            ...authentication,
            redirect_uri: redirectUri,
            scope: 'call',
            response_mode,
            response_type,
          };
          const answer = await new Browser(app.url).post('/oauth/par', pushed, headers);
          assert.equal(answer.status, 400, answer.text);
          assert.equal(answer.json()['error'], 'invalid_request');
        }
    assert.deepEqual(await app.sql(`SELECT 1 FROM artifacts WHERE model = 'PushedAuthorizationRequest'`), []);
  });
});

suite('every error that an application gets from the modern endpoint has the issuer', async () => {
  const { client: modern } = await addModernClient(app);
  const asked = {
    ...{ client_id: modern.id, redirect_uri: MODERN_REDIRECT_URI, response_type: 'code', scope: 'call' },
    ...{ code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' },
  };
  const cases: Readonly<Record<string, readonly [error: string, parameters: object, by?: Browser]>> = {
    'nobody is signed in': ['login_required', { prompt: 'none' }, new Browser(app.url)],
    'nothing was granted': ['consent_required', { prompt: 'none' }],
    'the challenge is missing': ['invalid_request', { code_challenge: '', code_challenge_method: '' }],
    'the response type is unknown': ['unsupported_response_type', { response_type: 'x' }],
    'the prompt is unknown': ['invalid_request', { prompt: 'never' }],
    'a request object is sent': ['request_not_supported', { request: 'x' }],
  };
  for (const [when, [error, wrong, by = browser]] of Object.entries(cases))
    for (const mode of ['query', 'form_post', 'fragment', 'unknown', undefined])
      test(`when ${when}, with the response mode ${mode}`, async () => {
        const sent = { ...asked, ...wrong, ...(mode !== undefined && { response_mode: mode }) };
        const query = new URLSearchParams(Object.entries(sent).filter(([, value]) => value !== ''));
        const { error: code, iss } = errorOf(await by.get(`/oauth/authorize?${query}`));
        assert.equal(iss, app.url);
        if (mode === 'query' || mode === 'form_post' || mode === undefined) assert.equal(code, error);
      });
});

test('the answers of the classic flows have no issuer', async () => {
  for (const responseType of ['code', 'token'] as const) {
    for (const answer of [
      await browser.get(withQuery('/auth/grant', parametersOf(client, responseType))),
      await browser.post('/auth/grant', { ...parametersOf(client, responseType), grant: 'true' }),
      await browser.post('/auth/grant', { ...parametersOf(client, responseType), grant: 'false' }),
    ]) {
      assert.equal(answer.status, 303);
      assert.doesNotMatch(answer.location, /[?&#]iss=/);
      assert.match(answer.location, /[?#](code|access_token|error)=/);
    }
  }
});

suite('a client that is not classic, though its registration came to hold the classic response modes,', () => {
  for (const [responseType, mode] of [
    ['none', 'classic.token'],
    ['code', 'classic.code'],
  ] as const) {
    test(`gets nothing by ${mode}`, async () => {
      const { client: modern } = await addModernClient(app);
      await app.sql(
        `UPDATE clients SET metadata = metadata || '{"response_types": ["code", "none"],
                                                    "response_modes": ["classic.code", "classic.token"]}' WHERE id = $1`,
        [modern.id],
      );
      await app.sql(
        `INSERT INTO grants (user_id, client_id, scopes) SELECT id, $1, '{call}' FROM users WHERE name = 'anna'`,
        [modern.id],
      );
      const answer = await askAsModern(modern.id, responseType, mode);
      assert.doesNotMatch(answer.location, /access_token=|[?&]code=/);
      assert.ok(answer.status >= 400 || answer.location.includes('error='), String(answer.status));
      assert.deepEqual(await app.sql('SELECT 1 FROM access_tokens WHERE client_id = $1', [modern.id]), []);
    });
  }
});
