import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, type ClassicClient } from '../../harness/people.ts';
import { credentials, fragmentOf, parametersOf, signedInBrowser, withQuery } from './flow.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
await addUser(app, 'bert');
await addUser(app, 'root', { administrator: true });

async function grantedScopes(userName: string, { id }: ClassicClient = client): Promise<unknown> {
  const [row] = await app.sql(
    `SELECT ARRAY(SELECT unnest(g.scopes) ORDER BY 1) AS scopes
       FROM grants g JOIN users u ON u.id = g.user_id WHERE u.name = $1 AND g.client_id = $2`,
    [userName, id],
  );
  return row?.['scopes'];
}

const STATE = 'a b&c=d/é#';

suite('refusing', () => {
  for (const [how, form] of Object.entries({
    'grant=false': { grant: 'false' },
    'no grant at all': {},
    'an empty grant': { grant: '' },
    'another word': { grant: 'TRUE' },
  })) {
    test(`with ${how} sends error=access_denied back, and remembers nothing`, async () => {
      const browser = await signedInBrowser(app, client, 'bert');
      const code = await browser.post('/auth/grant', { ...parametersOf(client, 'code'), ...form });
      assert.equal(code.status, 303);
      assert.equal(code.location, `${client.redirectUri}?error=access_denied`);
      const token = await browser.post('/auth/grant', { ...parametersOf(client, 'token'), ...form });
      assert.equal(token.status, 303);
      assert.equal(token.location, `${client.redirectUri}#error=access_denied`);
      assert.equal(await grantedScopes('bert'), undefined);
    });
  }

  test('carries the state', async () => {
    const browser = await signedInBrowser(app, client, 'bert');
    const encoded = new URLSearchParams({ state: STATE });
    const code = await browser.post('/auth/grant', {
      ...parametersOf(client, 'code', { state: STATE }),
      grant: 'false',
    });
    assert.equal(code.location, `${client.redirectUri}?error=access_denied&${encoded}`);
    const token = await browser.post('/auth/grant', {
      ...parametersOf(client, 'token', { state: STATE }),
      grant: 'false',
    });
    assert.equal(token.location, `${client.redirectUri}#error=access_denied&${encoded}`);
  });

  test('after a grant leaves the grant as it was', async () => {
    await addUser(app, 'carl');
    const browser = await signedInBrowser(app, client, 'carl');
    await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'true' });
    const refused = await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'false' });
    assert.equal(refused.location, `${client.redirectUri}?error=access_denied`);
    assert.deepEqual(await grantedScopes('carl'), ['call']);
  });
});

test('granting remembers the grant: the grant page then redirects straight away, in both flows', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  const consentPage = await browser.get(withQuery('/auth/grant', parametersOf(client, 'code')));
  assert.equal(consentPage.status, 200);
  assert.equal(await grantedScopes('anna'), undefined);
  await browser.post('/auth/grant', { ...parametersOf(client, 'code'), grant: 'true' });
  assert.deepEqual(await grantedScopes('anna'), ['call']);

  const code = await browser.get(withQuery('/auth/grant', parametersOf(client, 'code')));
  assert.equal(code.status, 303);
  assert.match(code.location, /\/test\?code=[\w-]+$/);
  const token = await browser.get(withQuery('/auth/grant', parametersOf(client, 'token')));
  assert.equal(token.status, 303);
  assert.match(token.location, /\/test#access_token=[\w-]+&token_type=Bearer&expires_in=3600$/);
});

test('/oauth/auth leads to the redirect URI if signed in and granted before', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  const login = await browser.get(withQuery('/oauth/auth', parametersOf(client, 'code')));
  const grant = await browser.get(login.location);
  const { location } = await browser.get(grant.location);
  assert.match(location, /\/test\?code=[\w-]+$/);
});

test('what one application was granted, another must ask for', async () => {
  const other = await addClassicClient(app, 'Other');
  const browser = await signedInBrowser(app, client, 'anna');
  const answer = await browser.get(withQuery('/auth/grant', parametersOf(other, 'code')));
  assert.equal(answer.status, 200);
  assert.equal(await grantedScopes('anna', other), undefined);
});

test('every step passes the state on unchanged', async () => {
  const browser = new Browser(app.url);
  const encoded = new URLSearchParams({ state: STATE });
  for (const responseType of ['code', 'token'] as const) {
    const parameters = parametersOf(client, responseType, { state: STATE });
    const start = await browser.get(withQuery('/oauth/auth', parameters));
    assert.equal(start.location, app.url + withQuery('/auth/login', parameters));
    const page = await browser.get(start.location);
    if (responseType === 'code') assert.deepEqual(page.json(), parameters);
    const signedIn = await browser.post('/auth/login', { ...parameters, ...credentials('anna') });
    assert.equal(signedIn.location, app.url + withQuery('/auth/grant', parameters));
    const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
    assert.ok(granted.location.endsWith(`&${encoded}`), granted.location);
    const received =
      responseType === 'code' ? new URL(granted.location).searchParams : fragmentOf(granted.location);
    assert.equal(received.get('state'), STATE);
  }
});

test('a redirect URI with a query of its own keeps it', async () => {
  const redirectUri = 'https://app.example/back?from=here';
  const { client: registered, secret = '' } = await app.clients.registerClient(
    {
      name: 'With a query',
      redirectUris: [redirectUri],
      classic: true,
    },
    COMMAND_LINE,
  );
  const withOwnQuery = { id: registered.id, secret, redirectUri };
  const browser = await signedInBrowser(app, withOwnQuery, 'anna');
  const refused = await browser.post('/auth/grant', parametersOf(withOwnQuery, 'code'));
  assert.equal(refused.location, `${redirectUri}&error=access_denied`);
  const granted = await browser.post('/auth/grant', { ...parametersOf(withOwnQuery, 'code'), grant: 'true' });
  assert.match(granted.location, /^https:\/\/app\.example\/back\?from=here&code=[\w-]+$/);
});

suite('no user signed in', () => {
  test('the grant page sends to the sign-in page, with 302 and the same parameters', async () => {
    const answer = await new Browser(app.url).get(withQuery('/auth/grant', parametersOf(client, 'code')));
    assert.equal(answer.status, 302);
    assert.equal(answer.location, app.url + withQuery('/auth/login', parametersOf(client, 'code')));
  });

  test('a grant sent all the same grants nothing', async () => {
    const before = await app.sql('SELECT * FROM grants ORDER BY user_id, client_id');
    const answer = await new Browser(app.url).post('/auth/grant', {
      ...parametersOf(client, 'code'),
      grant: 'true',
    });
    assert.equal(answer.status, 303);
    assert.equal(answer.location, app.url + withQuery('/auth/login', parametersOf(client, 'code')));
    assert.deepEqual(await app.sql('SELECT * FROM grants ORDER BY user_id, client_id'), before);
  });
});

suite('the scope', () => {
  async function tokenScopes(userName: string, scope: string): Promise<unknown> {
    const browser = await signedInBrowser(app, client, userName);
    await app.sql('DELETE FROM access_tokens');
    const answer = await browser.post('/auth/grant', {
      ...parametersOf(client, 'token', { scope }),
      grant: 'true',
    });
    assert.ok(fragmentOf(answer.location).get('access_token'), answer.location);
    const [row] = await app.sql(
      'SELECT ARRAY(SELECT unnest(scopes) ORDER BY 1) AS scopes FROM access_tokens',
    );
    return row?.['scopes'];
  }

  test('is not processed, as documented: any unknown word asks for call', async () => {
    assert.deepEqual(await tokenScopes('anna', 'everything you have'), ['call']);
  });

  for (const scope of ['constructor', '__proto__', 'toString']) {
    test(`is refused for the scope ${scope}`, async () => {
      assert.deepEqual(await tokenScopes('anna', scope), ['call']);
    });
  }

  for (const scope of [
    'admin',
    'admin call',
    'click-to-dial:calls:read',
    'call openid',
    'webhooks unknown',
  ]) {
    test(`is refused for "${scope}" at every step, because classic clients can have call alone`, async () => {
      const browser = await signedInBrowser(app, client, 'root');
      const before = await app.sql('SELECT * FROM grants ORDER BY user_id, client_id');
      for (const [responseType, mark] of [
        ['code', '?'],
        ['token', '#'],
      ] as const) {
        const parameters = parametersOf(client, responseType, { scope, state: 's' });
        for (const answer of [
          await browser.get(withQuery('/oauth/auth', parameters)),
          await browser.get(withQuery('/auth/login', parameters)),
          await browser.post('/auth/login', { ...parameters, ...credentials('root') }),
          await browser.get(withQuery('/auth/grant', parameters)),
          await browser.post('/auth/grant', { ...parameters, grant: 'true' }),
        ]) {
          assert.equal(answer.status, 303);
          assert.equal(answer.location, `${client.redirectUri}${mark}error=invalid_scope&state=s`);
        }
      }
      assert.deepEqual(await app.sql('SELECT * FROM grants ORDER BY user_id, client_id'), before);
    });
  }
});

test('the policy of the consent form lets it redirect to the application, and on from there', async () => {
  const { client: registered, secret = '' } = await app.clients.registerClient(
    {
      name: '<b>Far</b>',
      redirectUris: ['https://far.example/back'],
      classic: true,
    },
    COMMAND_LINE,
  );
  const far = { id: registered.id, secret, redirectUri: 'https://far.example/back' };
  const browser = await signedInBrowser(app, far, 'anna');
  const answer = await browser.get(withQuery('/auth/grant', parametersOf(far, 'code')), {
    accept: 'text/html',
  });
  assert.equal(answer.status, 200);
  assert.doesNotMatch(answer.headers.get('content-security-policy') ?? '', /form-action/); // ADR 25
  assert.equal(answer.headers.get('referrer-policy'), 'same-origin');
  assert.match(answer.text, /&lt;b&gt;Far&lt;\/b&gt;|&#60;b&#62;Far/);
  assert.ok(!answer.text.includes('<b>Far</b>'));
});

test('the redirect with the code or the token is empty, and has no content type', async () => {
  const browser = await signedInBrowser(app, client, 'anna');
  for (const kind of ['code', 'token'] as const) {
    const answer = await browser.post('/auth/grant', { ...parametersOf(client, kind), grant: 'true' });
    assert.match(answer.location, /code=|access_token=/);
    assert.equal(answer.text, '');
    assert.equal(answer.headers.get('content-type'), null);
  }
});
