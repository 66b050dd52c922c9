import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { generateKeyPair, importJWK, type JWK, SignJWT, UnsecuredJWT } from 'jose';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { request } from '../../platform/http/request.ts';
import { addPerson, callStatus, configure, formOf, OPENS_PAGE, refresh, submit } from './modern-walk.ts';
import { isSignedIn, type SignedIn, signInWith } from './signed-in.ts';

const app = await startApp();
const PATH = '/oauth/end_session';
const RETURN = 'https://app.example/signed-out?from=clicktocall';
/** An application on another site sends its user here. */
const SENT = { ...OPENS_PAGE, 'sec-fetch-site': 'cross-site' };

async function register(name: string, postLogoutRedirectUris = [RETURN]) {
  const redirectUris = ['http://localhost:5555/cb'];
  return app.clients.registerClient({ name, redirectUris, postLogoutRedirectUris }, COMMAND_LINE);
}

const crm = await register('CRM');
const other = await register('Other', ['https://other.example/']);
const anna = await addPerson(app, 'anna');
const bob = await addPerson(app, 'bob');
const annas = await signInWith(app, crm, anna);
const ofOther = await signInWith(app, other, bob);

function addressOf(parameters: Record<string, string>): string {
  return `${PATH}?${new URLSearchParams(parameters)}`;
}

/** A person who is signed in, with the ID token of the application. */
async function addSignedIn(name: string): Promise<{ browser: Browser; name: string; signedIn: SignedIn }> {
  const person = await addPerson(app, name);
  return { ...person, signedIn: await signInWith(app, crm, person) };
}

suite('the user is asked, and returns to the application with its state,', () => {
  const requests: Readonly<Record<string, (signedIn: SignedIn) => Record<string, string>>> = {
    'with a valid hint': ({ idToken }) => ({ id_token_hint: idToken }),
    'with a hint and the same client_id': ({ idToken }) => ({
      id_token_hint: idToken,
      client_id: crm.client.id,
    }),
    'with client_id alone': () => ({ client_id: crm.client.id }),
    'with a hint of another user than the session’s': () => ({ id_token_hint: annas.idToken }),
    'with a logout_hint and ui_locales': ({ idToken }) => ({
      ...{ id_token_hint: idToken, logout_hint: 'someone', ui_locales: 'de' },
    }),
  };
  for (const [index, [how, requestOf]] of Object.entries(requests).entries()) {
    test(how, async () => {
      const person = await addSignedIn(`asked${index}`);
      const parameters = {
        ...requestOf(person.signedIn),
        ...{ post_logout_redirect_uri: RETURN, state: 'a b&c' },
      };
      const question = await person.browser.get(addressOf(parameters), SENT);
      assert.equal(question.status, 200, question.text);
      assert.match(question.text, /<h1>Sign out\?<\/h1>/);
      assert.match(question.text, new RegExp(`<strong>asked${index}</strong>`));
      assert.match(question.text, /<strong>CRM<\/strong> asks to sign you out/);
      assert.equal(question.headers.get('cache-control'), 'no-store');
      assert.equal(await isSignedIn(person.browser), true);

      const answer = await submit(person, app.url + PATH, question.text, { sign_out: 'true' });
      assert.equal(answer.status, 303);
      assert.equal(answer.location, `${RETURN}&state=a+b%26c`);
      assert.equal(await isSignedIn(person.browser), false);
    });
  }

  test('with a hint that has expired', async () => {
    const person = await addSignedIn('late');
    const { keys } = await signingKeys();
    const [jwk] = keys.filter(({ alg }) => alg === 'RS256');
    assert.ok(jwk);
    const key = await importJWK(jwk, 'RS256');
    const hint = await new SignJWT({ nonce: 'x' })
      .setProtectedHeader({ alg: 'RS256', kid: String(jwk.kid) })
      .setIssuer(app.url)
      .setAudience(crm.client.id)
      .setSubject(String(person.signedIn.claims['sub']))
      .setIssuedAt(0)
      .setExpirationTime(1)
      .sign(key);
    const parameters = { id_token_hint: hint, post_logout_redirect_uri: RETURN };
    const question = await person.browser.get(addressOf(parameters), SENT);
    const answer = await submit(person, app.url + PATH, question.text, { sign_out: 'true' });
    assert.equal(answer.location, RETURN);
  });
});

suite('an invalid request gets 400, signs no one out, and leads nowhere:', async () => {
  const { privateKey } = await generateKeyPair('RS256');
  const claims = { iss: app.url, aud: crm.client.id, sub: String(annas.claims['sub']) };
  const forge = (given: Record<string, unknown>, kid?: string) =>
    new SignJWT(given)
      .setProtectedHeader({ alg: 'RS256', ...(kid !== undefined && { kid }) })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  const { keys } = await signingKeys();
  const kid = String(keys.find(({ alg }) => alg === 'RS256')?.kid);
  const [header = '', payload = '', signature = ''] = annas.idToken.split('.');
  const changed = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'x' }),
  ).toString('base64url');
  const back = { post_logout_redirect_uri: RETURN };
  const requests: Readonly<Record<string, readonly [Record<string, string>, RegExp]>> = {
    'a hint of a foreign key': [{ id_token_hint: await forge(claims), ...back }, /ID token of this server/],
    'a hint of a foreign key with our kid': [
      { id_token_hint: await forge(claims, kid), ...back },
      /ID token of this server/,
    ],
    'a hint without a signature': [
      { id_token_hint: new UnsecuredJWT(claims).encode(), ...back },
      /ID token of this server/,
    ],
    'a hint with a changed payload': [
      { id_token_hint: [header, changed, signature].join('.'), ...back },
      /ID token of this server/,
    ],
    'a hint with a symmetric signature': [
      {
        id_token_hint: await new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.from(crm.secret ?? '')),
        ...back,
      },
      /ID token of this server/,
    ],
    'a hint of another issuer': [
      { id_token_hint: await forge({ ...claims, iss: 'https://evil.example' }), ...back },
      /ID token of this server/,
    ],
    'a hint that is no JWT': [{ id_token_hint: 'x', ...back }, /ID token of this server/],
    'a hint whose payload is no object': [{ id_token_hint: 'e30.NQ.x', ...back }, /ID token of this server/],
    'a hint with several audiences': [
      { id_token_hint: await forge({ ...claims, aud: [crm.client.id] }), ...back },
      /ID token of this server/,
    ],
    'a hint of an unknown client': [{ id_token_hint: await forge({ aud: 'nobody' }), ...back }, /No client/],
    'a hint of another client than client_id': [
      { id_token_hint: ofOther.idToken, client_id: crm.client.id, ...back },
      /must name the same client/,
    ],
    'the URI of another client than the hint’s': [{ id_token_hint: ofOther.idToken, ...back }, /registered/],
    'an unknown client_id': [{ client_id: 'nobody', ...back }, /No client/],
    'an unregistered URI': [
      { id_token_hint: annas.idToken, post_logout_redirect_uri: 'https://evil.example/' },
      /exactly one that is registered/,
    ],
    'a URI that only begins like a registered one': [
      { client_id: crm.client.id, post_logout_redirect_uri: `${RETURN}.evil.example` },
      /exactly one that is registered/,
    ],
    'a redirect URI that is not registered for this': [
      { client_id: crm.client.id, post_logout_redirect_uri: 'http://localhost:5555/cb' },
      /exactly one that is registered/,
    ],
    'a script': [
      { client_id: crm.client.id, post_logout_redirect_uri: 'javascript:alert(1)' },
      /exactly one that is registered/,
    ],
    'a long hint': [{ id_token_hint: 'x'.repeat(4_097) }, /id_token_hint/],
    'a long state': [{ state: 'x'.repeat(2_049) }, /state/],
  };
  for (const [what, [parameters, message]] of Object.entries(requests)) {
    test(what, async () => {
      for (const send of [
        () => anna.browser.get(addressOf(parameters), SENT),
        () => anna.browser.post(`${PATH}/answer`, { ...parameters, sign_out: 'true' }, OPENS_PAGE),
      ]) {
        const answer = await send();
        assert.equal(answer.status, 400, answer.text);
        assert.equal(answer.location, '');
        assert.match(answer.text, message);
        assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
        assert.doesNotMatch(answer.text, /evil\.example/);
      }
      assert.equal(await isSignedIn(anna.browser), true);
    });
  }

  test('a parameter twice', async () => {
    for (const name of ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state']) {
      const answer = await anna.browser.get(`${PATH}?${name}=a&${name}=b`, SENT);
      assert.equal(answer.status, 400, name);
    }
  });
});

test('without a hint and a client there is no redirect, whatever the request says', async () => {
  const person = await addSignedIn('plain');
  const address = addressOf({ post_logout_redirect_uri: 'https://evil.example/', state: 'x' });
  const question = await person.browser.get(address, SENT);
  assert.match(question.text, /A link asks to sign you out/);
  const answer = await submit(person, app.url + PATH, question.text, { sign_out: 'true' });
  assert.equal(answer.location, `${app.url}/signed-out`);
  assert.equal(await isSignedIn(person.browser), false);
  assert.equal((await new Browser(app.url).get(address, SENT)).location, `${app.url}/signed-out`);
});

test('a browser that is not signed in returns at once, to a registered URI alone', async () => {
  const browser = new Browser(app.url);
  const back = { post_logout_redirect_uri: RETURN, state: 's' };
  const returned = await browser.get(addressOf({ id_token_hint: annas.idToken, ...back }), SENT);
  assert.equal(returned.status, 303);
  assert.equal(returned.location, `${RETURN}&state=s`);
  const evil = { client_id: crm.client.id, post_logout_redirect_uri: 'https://evil.example/' };
  assert.equal((await browser.get(addressOf(evil), SENT)).status, 400);
});

test('a form of another site only leads to the question: browsers withhold the session from it', async () => {
  const given = { id_token_hint: annas.idToken, post_logout_redirect_uri: RETURN, state: 's', foo: 'bar' };
  const headers = { ...SENT, origin: 'https://app.example' };
  const answer = await new Browser(app.url).post(PATH, given, headers);
  assert.equal(answer.status, 303);
  const { foo: _, id_token_hint: hint, ...known } = given;
  assert.ok(!answer.location.includes(hint), 'the ID token names the user');
  assert.equal(answer.location, app.url + addressOf({ client_id: crm.client.id, ...known }));
  const question = await anna.browser.get(answer.location, SENT);
  assert.match(question.text, /<h1>Sign out\?<\/h1>/);
  assert.equal(await isSignedIn(anna.browser), true);
});

test('a form whose parameters are too long for an address gets an error', async () => {
  const answer = await new Browser(app.url).post(
    PATH,
    { client_id: crm.client.id, state: 'ü'.repeat(2_000) },
    SENT,
  );
  assert.equal(answer.status, 400);
  assert.match(answer.text, /must have at most 8000 characters when they are percent-encoded/);
});

test('neither a GET nor a form of another site signs out (CSRF)', async () => {
  const answers = [
    await anna.browser.get(addressOf({ client_id: crm.client.id, sign_out: 'true' }), SENT),
    await anna.browser.post(PATH, { sign_out: 'true' }, { ...SENT, 'sec-fetch-site': 'same-site' }),
    await anna.browser.post(`${PATH}/answer`, { sign_out: 'true' }, SENT),
    await anna.browser.post(`${PATH}/answer`, { sign_out: 'true' }, { origin: 'https://evil.example' }),
    await anna.browser.get(`${PATH}/answer?sign_out=true`, SENT),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 303, 403, 403, 405],
  );
  assert.equal(await isSignedIn(anna.browser), true);
});

test('a person who stays signed in returns to the application, too', async () => {
  const person = await addSignedIn('stays');
  const parameters = { id_token_hint: person.signedIn.idToken, post_logout_redirect_uri: RETURN };
  const question = await person.browser.get(addressOf(parameters), SENT);
  const answer = await submit(person, app.url + PATH, question.text, { sign_out: 'false' });
  assert.equal(answer.location, RETURN);
  assert.equal(await isSignedIn(person.browser), true);
  const ownPage = await person.browser.get(PATH, SENT);
  const stayed = await submit(person, app.url + PATH, ownPage.text, { sign_out: 'false' });
  assert.equal(stayed.location, `${app.url}/account`);
});

test('a sign-out keeps the permission, the tokens and the calls, and says in the audit log who asked for it', async () => {
  const person = await addSignedIn('keeps');
  const { idToken, accessToken, refreshToken } = person.signedIn;
  const question = await person.browser.get(addressOf({ id_token_hint: idToken }), SENT);
  await submit(person, app.url + PATH, question.text, { sign_out: 'true' });
  assert.equal(await callStatus(app, accessToken), 200);
  const config = await configure(app, crm);
  assert.equal(await callStatus(app, (await refresh(config, refreshToken)).access), 200);
  const [grant] = await app.sql(
    `SELECT scopes FROM grants JOIN users u ON u.id = user_id WHERE u.name = 'keeps' AND client_id = $1`,
    [crm.client.id],
  );
  assert.deepEqual(grant, { scopes: ['openid', 'call'] });
  const acts = await app.sql(
    `SELECT actor, client_id FROM audit_log WHERE action = 'signedOut' AND user_id = $1`,
    [person.signedIn.claims['sub']],
  );
  assert.deepEqual(acts, [{ actor: 'user', client_id: crm.client.id }]);
});

test('a URI that was registered while http: was allowed leads nowhere later', async () => {
  const http = 'http://intranet.example/signed-out';
  const registered = await register('Intranet');
  await app.sql(`UPDATE clients SET metadata = metadata || $2 WHERE id = $1`, [
    registered.client.id,
    JSON.stringify({ post_logout_redirect_uris: [http] }),
  ]);
  const address = addressOf({ client_id: registered.client.id, post_logout_redirect_uri: http });
  assert.equal((await request(app, 'GET', address)).status, 400);
});

test('an installed application may use any port of the loopback address', async () => {
  const registration = {
    ...{ name: 'Tool', redirectUris: ['http://127.0.0.1/cb'], public: true },
    postLogoutRedirectUris: ['http://127.0.0.1/bye'],
  };
  const { client } = await app.clients.registerClient(registration, COMMAND_LINE);
  const uri = 'http://127.0.0.1:50123/bye';
  const leave = (clientId: string, to: string) =>
    new Browser(app.url).get(addressOf({ client_id: clientId, post_logout_redirect_uri: to }), SENT);
  assert.equal((await leave(client.id, uri)).location, uri);
  assert.equal((await leave(client.id, 'http://127.0.0.1:50123/evil')).status, 400);
  assert.equal((await leave(crm.client.id, uri)).status, 400);
});

test('discovery names the endpoint, and errors are JSON for programs', async () => {
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const metadata = (await request(app, 'GET', path)).json<Record<string, unknown>>();
    assert.equal(metadata['end_session_endpoint'], app.url + PATH);
  }
  const answer = await request(app, 'GET', addressOf({ client_id: 'nobody' }));
  assert.equal(answer.status, 400);
  assert.equal(answer.json<Record<string, unknown>>()['error'], 'end_session_request_invalid');
});

test('the question is a page of an authorization flow, so that its form may lead to the application', async () => {
  const { headers, text } = await anna.browser.get(addressOf({ client_id: crm.client.id }), SENT);
  const policy = headers.get('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /form-action/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.equal(headers.get('cross-origin-opener-policy'), 'unsafe-none');
  assert.equal(formOf(text)?.action, `${PATH}/answer`);
});

async function signingKeys(): Promise<{ keys: JWK[] }> {
  const [row] = await app.sql<{ keys: JWK[] }>('SELECT signing_keys AS keys FROM key_sets');
  assert.ok(row);
  return row;
}
