import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { exportJWK, SignJWT } from 'jose';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { createGrantService } from '../../../src/core/grants/grant-service.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  bearer,
  classicToken,
  modernToken,
  PASSWORD,
} from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import {
  addPerson,
  age,
  authorizationUrl,
  authorize,
  configure,
  obtainTokens,
  type Person,
  redeem,
} from './modern-walk.ts';

const PATH = '/oauth/userinfo';
const NUMBER = '+447700900001';
const ORIGIN = 'https://app.example';

const app = await startApp();
const registered = await addModernClient(app, { origins: [ORIGIN] });
const config = await configure(app, registered, undefined, 'oidc');
await addModernClient(app, { origins: ['https://other.example'] });
let people = 0;

async function newPerson(numbers: string[] = [NUMBER]): Promise<Person> {
  const person = await addPerson(app, `Person-${++people}`);
  await app.users.setNumbers(person.name, numbers, COMMAND_LINE);
  return person;
}

async function idOf({ name }: Person): Promise<string> {
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [name]);
  return user?.id ?? '';
}

const newToken = async (person: Person, scope = 'openid profile phone') =>
  (await obtainTokens(config, person, scope)).access;

const ask = (headers: Record<string, string>) => request(app, 'GET', PATH, headers);
const send = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  request(app, 'POST', PATH, { ...FORM, ...headers }, new URLSearchParams(form).toString());

suite('UserInfo', () => {
  test('says who the person is, and what the scopes of the token add', async () => {
    const person = await newPerson([NUMBER, '+447700900002']);
    const sub = await idOf(person);
    const names = { preferred_username: person.name, name: person.name };
    for (const [scope, claims] of [
      ['openid', {}],
      ['openid profile', names],
      ['openid phone', { phone_number: NUMBER }],
      ['openid profile phone call', { ...names, phone_number: NUMBER }],
    ] as const)
      assert.deepEqual(await oauth.fetchUserInfo(config, await newToken(person, scope), sub), {
        sub,
        ...claims,
      });
  });

  test('leaves out the number that a person does not have', async () => {
    const person = await newPerson([]);
    const info = (await ask(bearer(await newToken(person)))).json();
    assert.deepEqual(Object.keys(info).toSorted(), ['name', 'preferred_username', 'sub']);
  });

  test('leaves out what the person did not allow', async () => {
    const person = await newPerson();
    await person.browser.post('/sign-in', { username: person.name, password: PASSWORD });
    const { url, verifier } = await authorizationUrl(config, { scope: 'openid profile phone' });
    const { location: consent } = await person.browser.get(url.href);
    const chosen = { grant: 'true', choice: 'scopes', scope: 'profile' };
    const { location: next } = await person.browser.post(consent, chosen);
    const { location: callback } = await person.browser.follow(next);
    const { access } = await redeem(config, { callback: new URL(callback), verifier });
    const info = (await ask(bearer(access))).json();
    assert.deepEqual([info['name'], info['phone_number']], [person.name, undefined]);
  });

  test('says what holds now, not what held at sign-in', async () => {
    const person = await newPerson();
    const token = await newToken(person);
    await app.users.setNumbers(person.name, ['+447700900009'], COMMAND_LINE);
    assert.equal((await ask(bearer(token))).json()['phone_number'], '+447700900009');
    await app.users.setNumbers(person.name, [], COMMAND_LINE);
    assert.equal((await ask(bearer(token))).json()['phone_number'], undefined);
  });

  test('takes the token by GET or POST, in the header or in a form', async () => {
    const person = await newPerson();
    const token = await newToken(person);
    const answers = [
      await ask(bearer(token)),
      await request(app, 'POST', PATH, bearer(token)),
      await send({}, bearer(token)),
      await send({ access_token: token }),
    ];
    for (const answer of answers) {
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.json()['sub'], await idOf(person));
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
  });

  test('answers scripts of the web origins of the client', async () => {
    const token = await newToken(await newPerson());
    const preflight = await request(app, 'OPTIONS', PATH, {
      origin: ORIGIN,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-origin'), ORIGIN);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /GET, POST/);
    const answer = await ask({ ...bearer(token), origin: ORIGIN });
    assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, ORIGIN]);
    const refused = await ask({ ...bearer('unknown'), origin: ORIGIN });
    assert.match(refused.headers.get('access-control-expose-headers') ?? '', /WWW-Authenticate/);
  });

  test('lets no script of another site read the answer', async () => {
    const token = await newToken(await newPerson());
    for (const origin of ['https://other.example', 'https://evil.example', 'null']) {
      const answer = await ask({ ...bearer(token), origin });
      assert.deepEqual(
        [answer.status, answer.headers.get('access-control-allow-origin')],
        [200, null],
        origin,
      );
    }
  });
});

/** RFC 6750 section 3 and RFC 9449 section 7.1: the code is in the body and in the challenges. */
function assertRefused(answer: Answer, status: number, error: string, because?: string): void {
  assert.equal(answer.status, status, because ?? answer.text);
  const { error: code, error_description: description, ...others } = answer.json();
  assert.deepEqual([code, typeof description, others], [error, 'string', {}], because);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  assert.match(challenge, new RegExp(`Bearer realm="[^"]+", error="${error}"`), because);
  assert.match(challenge, new RegExp(`DPoP algs="[^"]+", error="${error}"`), because);
  assert.equal(answer.headers.get('cache-control'), 'no-store', because);
}

suite('UserInfo refuses', () => {
  test('a request without a token, and only asks for one', async () => {
    for (const answer of [await ask({}), await request(app, 'POST', PATH), await send({})]) {
      assert.equal(answer.status, 401);
      const challenge = answer.headers.get('www-authenticate') ?? '';
      assert.match(challenge, /^Bearer realm="[^"]+", DPoP algs="[^"]+"$/);
    }
  });

  const spoilt: Record<string, (token: string, person: Person) => Promise<unknown>> = {
    'a revoked token': (token) => oauth.tokenRevocation(config, token),
    'an expired token': () => age(app, 'AccessToken', 3_600),
    'a token whose permission was removed': (_, { name }) =>
      createGrantService(app.database).withdraw(name, registered.client.id, COMMAND_LINE),
    'a token of a disabled user': (_, { name }) => app.users.setDisabled(name, true, COMMAND_LINE),
    'a token from before the password was changed': (_, { name }) =>
      app.users.setPassword(name, { password: 'another horse battery' }, COMMAND_LINE),
  };
  for (const [what, spoil] of Object.entries(spoilt))
    test(what, async () => {
      const person = await newPerson();
      const token = await newToken(person);
      assert.equal((await ask(bearer(token))).status, 200);
      await spoil(token, person);
      assertRefused(await ask(bearer(token)), 401, 'invalid_token');
      assertRefused(await send({ access_token: token }), 401, 'invalid_token');
    });

  test('a token of a client that was removed', async () => {
    const client = await addModernClient(app);
    const person = await newPerson();
    const token = await modernToken(app, client, person.name, 'openid');
    await app.clients.removeClient(client.client.id, COMMAND_LINE);
    assertRefused(await ask(bearer(token)), 401, 'invalid_token');
  });

  test('what is no access token of this server', async () => {
    const person = await newPerson();
    const { callback, verifier } = await authorize(config, person, { scope: 'openid offline_access' });
    const tokens = await oauth.authorizationCodeGrant(config, callback, { pkceCodeVerifier: verifier });
    for (const token of ['unknown', 'x'.repeat(5_000), tokens.id_token, tokens.refresh_token])
      assertRefused(await ask(bearer(token ?? '')), 401, 'invalid_token');
  });

  test('a token without the scope openid', async () => {
    const person = await newPerson();
    const classic = await classicToken(app, await addClassicClient(app), person.name);
    for (const token of [await newToken(person, 'call profile phone'), classic]) {
      const answer = await ask(bearer(token));
      assertRefused(answer, 403, 'insufficient_scope');
      assert.match(answer.headers.get('www-authenticate') ?? '', /, scope="openid"/);
    }
  });

  test('a token that an application got for itself, and says that it has no user', async () => {
    for (const [scope, why] of [
      ['call', /needs the scope openid/],
      ['openid profile phone', /belongs to an application/],
    ] as const) {
      const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope });
      const answer = await ask(bearer(token));
      assertRefused(answer, 403, 'insufficient_scope');
      assert.match(String(answer.json()['error_description']), why);
    }
  });

  test('a token in the address, also that of a classic client', async () => {
    const person = await newPerson();
    const classic = await classicToken(app, await addClassicClient(app), person.name);
    for (const token of [await newToken(person), classic]) {
      const query = new URLSearchParams({ access_token: token });
      assertRefused(await request(app, 'GET', `${PATH}?${query}`), 401, 'invalid_token');
    }
  });

  test('a token of another scheme, in another format, or beside another token', async () => {
    const token = await newToken(await newPerson());
    const body = JSON.stringify({ access_token: token });
    const ignored = [
      await ask({ authorization: `Basic ${btoa(`a:${token}`)}` }),
      await ask({ authorization: `Bearer${token}` }),
      await ask({ authentication: `Bearer ${token}` }),
      await request(app, 'POST', PATH, JSON_BODY, body),
    ];
    for (const { status, headers } of ignored)
      assert.deepEqual([status, /error=/.test(headers.get('www-authenticate') ?? '')], [401, false]);
    const other = await send({ access_token: 'another' }, bearer(token));
    assert.deepEqual([other.status, other.json()['error']], [400, 'invalid_request']);
    assertRefused(await ask({ authorization: 'Bearer two words' }), 401, 'invalid_token');
  });
});

suite('UserInfo and DPoP', () => {
  test('a token that is bound to a key needs a fresh proof of that key for this address', async () => {
    const { token, prove } = await newBoundToken();
    const show = async (proof?: string, method = 'GET') =>
      request(app, method, PATH, {
        authorization: `DPoP ${token}`,
        ...(proof !== undefined && { dpop: proof }),
      });
    for (const method of ['GET', 'POST'])
      assert.equal((await show(await prove({ htm: method }), method)).status, 200);

    assertRefused(await ask(bearer(token)), 401, 'invalid_token', 'as a bearer token');
    assertRefused(await send({ access_token: token }), 401, 'invalid_token', 'in a form');
    assertRefused(await show(), 401, 'invalid_token', 'no proof');
    const other = await oauth.randomDPoPKeyPair('ES256', { extractable: true });
    assertRefused(await show(await prove({}, other)), 401, 'invalid_token', 'another key');

    const used = await prove();
    assert.equal((await show(used)).status, 200);
    const wrong: Record<string, string> = {
      replayed: used,
      'for another method': await prove({ htm: 'POST' }),
      'for another address': await prove({ htu: `${app.url}/oauth/token` }),
      'for another server': await prove({ htu: `https://evil.example${PATH}` }),
      'for another token': await prove({ ath: hashToken('another').toString('base64url') }),
    };
    for (const [because, proof] of Object.entries(wrong)) {
      const answer = await show(proof);
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_token'], because);
      assert.match(
        answer.headers.get('www-authenticate') ?? '',
        /DPoP .*error="invalid_dpop_proof"/,
        because,
      );
    }
  });

  test('openid-client gets in with its key', async () => {
    const { token, handle, sub } = await newBoundToken();
    assert.equal((await oauth.fetchUserInfo(config, token, sub, { DPoP: handle })).sub, sub);
  });
});

async function newBoundToken() {
  const person = await newPerson();
  const pair = await oauth.randomDPoPKeyPair('ES256', { extractable: true });
  const handle = oauth.getDPoPHandle(config, pair);
  const { callback, verifier } = await authorize(config, person, { scope: 'openid profile' });
  const checks = { pkceCodeVerifier: verifier };
  const { access_token: token } = await oauth.authorizationCodeGrant(config, callback, checks, undefined, {
    DPoP: handle,
  });
  const prove = async (claims: object = {}, { publicKey, privateKey } = pair) =>
    new SignJWT({
      ...{ jti: randomUUID(), htm: 'GET', htu: app.url + PATH, ath: hashToken(token).toString('base64url') },
      ...claims,
    })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .sign(privateKey);
  return { token, handle, prove, sub: await idOf(person) };
}
