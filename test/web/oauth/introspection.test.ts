import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { after, mock, suite, test } from 'node:test';
import { Provider } from 'oidc-provider';
import * as oauth from 'openid-client';
import { pino } from 'pino';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import type { TokenReader } from '../../../src/web/oauth/provider/adapters/token-reader.ts';
import { startAuthorizationServer } from '../../../src/web/oauth/provider/authorization-server.ts';
import { introspect } from '../../../src/web/oauth/provider/introspection.ts';
import { startApp } from '../../harness/app.ts';
import { outageOf } from '../../harness/outage.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  age,
  ageAuthorizations,
  configure,
  isActive,
  obtainTokens,
  passGracePeriod,
  refresh,
} from './modern-walk.ts';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const registered = await addModernClient(app);
const { client, secret = '' } = registered;
const config = await configure(app, registered);
const strangers = await addModernClient(app);
const publicClient = await addModernClient(app, { public: true });

/** The server answers usual requests itself, and leaves the others to the provider. A body without Content-Length is unusual. */
const WAYS: Record<string, oauth.CustomFetch> = {
  'the server itself': (url, { body, ...options }) => fetch(url, { ...options, body: String(body) }),
  'the provider': (url, { body, ...options }) =>
    fetch(url, { ...options, body: new Blob([String(body)]).stream(), duplex: 'half' }),
};

/** Koa calls it for each request that the provider answers. */
const createContext = mock.method(Provider.prototype, 'createContext');

/** @returns whether the provider was asked while `work` ran */
async function asksProvider(work: () => Promise<unknown>): Promise<boolean> {
  const before = createContext.mock.callCount();
  await work();
  return createContext.mock.callCount() > before;
}

interface Request {
  readonly form: readonly (readonly [string, string])[];
  readonly headers?: Record<string, string>;
  /** What the server itself answers; undefined if the provider does. */
  readonly active?: boolean;
}

/** What a client gets to see. */
async function answerOf(way: string, { form, headers = {} }: Request, path: string) {
  const answer = await WAYS[way]?.(`${app.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
    body: form.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'),
  });
  assert.ok(answer);
  const { date: _, ...seen } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: seen, text: await answer.text() };
}

/** Asserts that both ways give the same answer. @returns it, and whether the usual way leaves it to the provider */
async function answersOf(request: Request, path = '/oauth/introspect') {
  const before = createContext.mock.callCount();
  const answer = await answerOf('the server itself', request, path);
  const asked = createContext.mock.callCount() > before;
  assert.deepEqual(answer, await answerOf('the provider', request, path));
  return { answer, asked };
}

const basic = (id: string, password: string) => ({ authorization: `Basic ${btoa(`${id}:${password}`)}` });
const { access, refresh: refreshToken } = await obtainTokens(config, anna);
const { access_token: ofClient } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
const { access_token: forOneApi } = await oauth.clientCredentialsGrant(config, {
  scope: 'call',
  resource: `${app.url}/api/v1`,
});
const bound = await oauth.clientCredentialsGrant(
  config,
  { scope: 'call' },
  { DPoP: oauth.getDPoPHandle(config, await oauth.randomDPoPKeyPair()) },
);
const expiring = await addModernClient(app);
await app.sql(
  `UPDATE clients SET metadata = metadata || '{"client_secret_expires_at": 1000}' WHERE id = $1`,
  [expiring.client.id],
);
const broken = await addModernClient(app);
await app.sql(`UPDATE clients SET metadata = metadata || '{"redirect_uris": "none"}' WHERE id = $1`, [
  broken.client.id,
]);
const signing = await addModernClient(app);
await app.sql(
  `UPDATE clients SET metadata = metadata || '{"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}}' WHERE id = $1`,
  [signing.client.id],
);

const own = basic(client.id, secret);
const token = ['token', access] as const;
const [id, password] = [
  ['client_id', client.id],
  ['client_secret', secret],
] as const;

/** As the strictest libraries encode it (RFC 6749 appendix B). */
const encoded = secret.replace(/[^a-z]/g, (each) => `%${each.charCodeAt(0).toString(16)}`);

const REQUESTS: Record<string, Request> = {
  'with Basic': { form: [token], headers: own, active: true },
  'with Basic in lower case': {
    form: [token],
    headers: { authorization: own.authorization.replace('Basic', 'basic') },
    active: true,
  },
  'with Basic and the same id in the form': { form: [token, id], headers: own, active: true },
  'with an encoded secret': {
    form: [token],
    headers: basic(client.id, encoded),
    active: true,
  },
  'with the secret in the form': { form: [token, id, password], active: true },
  'with a charset': {
    form: [token],
    headers: { ...own, 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    active: true,
  },
  'with unknown parameters': { form: [token, ['x', '1'], ['x', '2']], headers: own, active: true },
  'with an empty hint': { form: [token, ['token_type_hint', '']], headers: own, active: true },
  'of a refresh token': { form: [['token', refreshToken]], headers: own, active: true },
  'of a token of the client itself': { form: [['token', ofClient]], headers: own, active: true },
  'of a token for one API': { form: [['token', forOneApi]], headers: own, active: true },
  'of a token bound to a key': { form: [['token', bound.access_token]], headers: own, active: true },
  'of no token of the server': { form: [['token', 'x']], headers: own, active: false },
  'of another client’s token': {
    form: [token],
    headers: basic(strangers.client.id, strangers.secret ?? ''),
    active: false,
  },
  'for HTML': { form: [token], headers: { ...own, accept: 'text/html' }, active: true },

  'with a wrong secret': { form: [token], headers: basic(client.id, 'wrong') },
  'with a wrong secret in the form': { form: [token, id, ['client_secret', 'x']] },
  'with a wrong secret, for HTML': {
    form: [token],
    headers: { ...basic(client.id, 'x'), accept: 'text/html' },
  },
  'with no secret': { form: [token], headers: basic(client.id, '') },
  'with an expired secret': {
    form: [token],
    headers: basic(expiring.client.id, expiring.secret ?? ''),
  },
  'of an unknown client': { form: [token], headers: basic('unknown', 'x') },
  'of a client with invalid metadata': {
    form: [token],
    headers: basic(broken.client.id, broken.secret ?? ''),
  },
  'of a public client': { form: [token, ['client_id', publicClient.client.id]] },
  'of a public client with a secret': {
    form: [token],
    headers: basic(publicClient.client.id, 'x'),
  },
  'of a client that signs': {
    form: [token],
    headers: basic(signing.client.id, signing.secret ?? ''),
  },
  'of a client that a document describes': {
    form: [token, ['client_id', 'https://app.example/client'], password],
  },
  'of nobody': { form: [token] },
  'with Basic and a secret in the form': { form: [token, password], headers: own },
  'with Basic and another id in the form': {
    form: [token, ['client_id', 'other']],
    headers: own,
  },
  'with an assertion, too': { form: [token, ['client_assertion', 'x']], headers: own },
  'with another scheme': { form: [token], headers: { authorization: 'Bearer x' } },
  'with Basic that is no Base64': { form: [token], headers: { authorization: 'Basic a:b' } },
  'with Basic without a colon': {
    form: [token],
    headers: { authorization: `Basic ${btoa('id')}` },
  },
  'with a wrongly encoded secret': { form: [token], headers: basic(client.id, `${secret}%zz`) },
  'with a plus sign in the secret': { form: [token], headers: basic(client.id, `${secret}+`) },
  'without a token': { form: [], headers: own },
  'with an empty token': { form: [['token', '']], headers: own },
  'with two tokens': { form: [token, token], headers: own },
  'with two hints': {
    form: [token, ['token_type_hint', 'x'], ['token_type_hint', 'y']],
    headers: own,
  },
  'with two secrets': { form: [token, id, password, password] },
  'with two ids': { form: [token, id, id], headers: own },
  'of a signed token': { form: [['token', 'eyJhbGciOiJub25lIn0.e30.']], headers: own },
  'of a strange token': { form: [['token', 'ä b\0']], headers: own },
  'of a registered origin': {
    form: [token],
    headers: { ...own, origin: 'http://localhost:5555' },
  },
  'of another origin': { form: [token], headers: { ...own, origin: 'https://other.example' } },
  'as JSON': { form: [token], headers: { ...own, 'content-type': 'application/json' } },
  'in another charset': {
    form: [token],
    headers: { ...own, 'content-type': 'application/x-www-form-urlencoded; charset=utf-16' },
  },
  'with an attestation': {
    form: [token],
    headers: { ...own, 'oauth-client-attestation': 'x' },
  },
  'that is large': { form: [token, ['x', 'x'.repeat(3_000)]], headers: own },
  'that is too large': { form: [token, ['x', 'x'.repeat(60_000)]], headers: own },
};

suite('introspection has the same answer by the server itself and by the provider', () => {
  for (const [name, request] of Object.entries(REQUESTS)) {
    test(`to a request ${name}`, async () => {
      const { answer, asked } = await answersOf(request);
      assert.equal(asked, request.active === undefined);
      if (request.active !== undefined) assert.equal(JSON.parse(answer.text).active, request.active);
    });
  }

  test('at an address that is encoded in another way', async () => {
    const { asked } = await answersOf(REQUESTS['with Basic'] as Request, '/oauth/%69ntrospect');
    assert.equal(asked, true);
  });

  test('while the database is unavailable', async () => {
    const outage = outageOf(app);
    await outage.begin();
    try {
      const { answer } = await answersOf(REQUESTS['with Basic'] as Request);
      assert.equal(answer.status, 503);
      assert.ok(answer.headers['retry-after']);
    } finally {
      await outage.end();
    }
  });
});

const server = await startAuthorizationServer(app.database, app.url, pino({ level: 'silent' }));
after(server.stop);

suite('introspection without the provider', () => {
  const askedBy = (readToken: TokenReader['readToken'], clientSecret = secret) =>
    introspect(server.provider, { readToken }, { clientId: client.id, clientSecret, token: access });

  test('lets a programming error pass', async () => {
    const error = new TypeError('a mistake');
    await assert.rejects(
      askedBy(async () => Promise.reject(error)),
      error,
    );
  });

  test('reads no token before its client is authenticated', async () => {
    const readToken = mock.fn(async () => undefined);
    assert.equal(await askedBy(readToken, 'wrong'), undefined);
    assert.equal(readToken.mock.callCount(), 0);
    assert.deepEqual(await askedBy(readToken), { active: false });
  });
});

test('a connection stays open for the requests after one that is left to the provider', async () => {
  const connections = mock.fn();
  app.http.server.on('connection', connections);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const statuses: (number | undefined)[] = [];
  for (const headers of [basic(client.id, 'wrong'), own, basic(client.id, 'wrong'), own])
    statuses.push(await statusOver(agent, headers));
  agent.destroy();
  app.http.server.off('connection', connections);
  assert.deepEqual(statuses, [401, 200, 401, 200]);
  assert.equal(connections.mock.callCount(), 1);
});

function statusOver(agent: Agent, headers: Record<string, string>): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const sent = request(`${app.url}/oauth/introspect`, {
    agent,
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
  });
  sent.on('error', reject);
  sent.on('response', (response) => {
    response.resume();
    response.once('end', () => resolve(response.statusCode));
  });
  sent.end(`token=${access}`);
  return promise;
}

test('a client that disconnects in the middle of a request disturbs no other', async () => {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const arrived = once(app.http.server, 'request');
  socket.write(
    'POST /oauth/introspect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntoken=',
  );
  const [, response] = await arrived;
  const closed = once(response, 'close');
  socket.destroy();
  await closed;
  await answersOf(REQUESTS['with Basic'] as Request);
});

for (const [way, customFetch] of Object.entries(WAYS)) {
  suite(`introspection by ${way}`, () => {
    async function introspectBy(
      { client, secret = '' }: RegisteredClient,
      authentication = oauth.ClientSecretBasic(secret),
    ) {
      const by = await configure(app, { client, secret }, authentication);
      by[oauth.customFetch] = customFetch;
      return by;
    }

    test('returns the user, the scopes and the expiry of a token', async () => {
      const { access, refresh: refreshToken } = await obtainTokens(config, anna, 'call');
      const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [anna.name]);
      const now = Math.floor(Date.now() / 1000);
      for (const method of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
        const by = await introspectBy(registered, method(secret));
        const asked = await asksProvider(async () => {
          const { iat, exp, ...others } = await oauth.tokenIntrospection(by, access);
          assert.deepEqual(others, {
            active: true,
            sub: user?.id,
            client_id: client.id,
            iss: app.url,
            scope: 'call',
            token_type: 'Bearer',
          });
          assert.ok(Math.abs(Number(iat) - now) < 30);
          assert.equal(Number(exp) - Number(iat), 3600);
          const ofRefreshToken = await oauth.tokenIntrospection(by, refreshToken);
          assert.deepEqual([ofRefreshToken.scope, ofRefreshToken.token_type], ['call', undefined]);
        });
        assert.equal(asked, way === 'the provider');
      }
    });

    test('returns only inactive for anything else', async () => {
      assert.deepEqual(await oauth.tokenIntrospection(await introspectBy(registered), 'no-token'), {
        active: false,
      });
    });

    test('finds a token in spite of a wrong token_type_hint', async () => {
      const by = await introspectBy(registered);
      const { access, refresh: refreshToken } = await obtainTokens(config, anna);
      for (const [token, hint] of [
        [access, 'refresh_token'],
        [refreshToken, 'access_token'],
      ] as const) {
        const { active } = await oauth.tokenIntrospection(by, token, { token_type_hint: hint });
        assert.equal(active, true, hint);
      }
    });

    test('tells a client nothing about the tokens of another', async () => {
      const { access, refresh: refreshToken } = await obtainTokens(config, anna);
      const { access_token: own } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
      for (const token of [access, refreshToken, own]) {
        const answer = await oauth.tokenIntrospection(await introspectBy(strangers), token);
        assert.deepEqual(answer, { active: false });
      }
    });

    test('calls a token inactive once it expires', async () => {
      const by = await introspectBy(registered);
      const { access, refresh: refreshToken } = await obtainTokens(config, anna);
      await age(app, 'AccessToken', 3590);
      assert.equal(await isActive(by, access), true);
      await age(app, 'AccessToken', 10);
      assert.equal(await isActive(by, access), false);
      assert.equal(await isActive(by, refreshToken), true);
      await age(app, 'RefreshToken', 14 * 24 * 3600);
      assert.equal(await isActive(by, refreshToken), false);
    });

    test('calls a token inactive once its authorization expires, or ends', async () => {
      const by = await introspectBy(registered);
      const expiring = await obtainTokens(config, anna);
      await ageAuthorizations(app, 365 * 24 * 3600);
      assert.equal(await isActive(by, expiring.access), false);
      const ending = await obtainTokens(config, anna);
      await oauth.tokenRevocation(config, ending.refresh);
      assert.equal(await isActive(by, ending.access), false);
    });

    test('calls a used refresh token inactive after its grace period', async () => {
      const by = await introspectBy(registered);
      const { refresh: refreshToken } = await obtainTokens(config, anna);
      await age(app, 'RefreshToken', 10 * 24 * 3600); // late enough to be replaced
      await refresh(config, refreshToken);
      assert.equal(await isActive(by, refreshToken), true);
      await passGracePeriod(app);
      assert.equal(await isActive(by, refreshToken), false);
    });

    test('accepts a new secret, and refuses the old one, at once', async () => {
      const rotating = await addModernClient(app);
      const { access_token: token } = await oauth.clientCredentialsGrant(await configure(app, rotating), {
        scope: 'call',
      });
      const byOld = await introspectBy(rotating);
      assert.equal(await isActive(byOld, token), true);
      const rotated = await app.clients.rotateSecret(rotating.client.id, COMMAND_LINE);
      await assert.rejects(isActive(byOld, token), { status: 401 });
      const byNew = await introspectBy(rotated);
      assert.equal(await isActive(byNew, token), true);
      await app.clients.removeClient(rotating.client.id, COMMAND_LINE);
      await assert.rejects(isActive(byNew, token), { status: 401 });
    });
  });
}
