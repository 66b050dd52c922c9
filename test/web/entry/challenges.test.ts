import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { type RegisteredRoute, watchRouters } from '../../../scripts/docs/registered-routes.ts';
import { hashToken } from '../../../src/core/tokens/access-token.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { addPerson, configure, obtainTokens } from '../oauth/modern-walk.ts';

const METRICS_TOKEN = 'prometheus-may-read-this';
const registered = watchRouters();
const app = await startApp({ METRICS_TOKEN });
const config = await configure(app, await addModernClient(app));
const anna = await addPerson(app, 'anna');
const { access: useless } = await obtainTokens(config, anna, 'openid');

const APIS = ['/api/v1', '/click-to-dial/v0.2', '/rest', '/admin'];
const METADATA = (api: string) => `${app.url}/.well-known/oauth-protected-resource${api}`;

const routes = registered().filter(
  ({ entry, method }) => method !== 'HEAD' && ['token', 'client', 'administrator'].includes(entry),
);
const apiOf = (url: string) => APIS.find((api) => url.startsWith(`${api}/`));

/** The parameters of each challenge, by its scheme. */
function challengesOf(headers: Headers): Record<string, Record<string, string>> {
  const value = headers.get('www-authenticate') ?? '';
  return Object.fromEntries(
    value
      .split(/, (?=DPoP )/)
      .map((challenge) => [
        challenge.slice(0, challenge.indexOf(' ')),
        Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, text]) => [name, text])),
      ]),
  );
}

const ask = ({ method, url }: RegisteredRoute, headers: Record<string, string>) =>
  request(
    app,
    method,
    url.replace(/:\w+/g, 'nothing'),
    { ...headers, ...(method !== 'GET' && JSON_BODY) },
    method === 'GET' || method === 'DELETE'
      ? undefined
      : JSON.stringify({ number: '+441632960001', token_call: 'nothing' }),
  );

function assertComplete(headers: Headers, api: string, scope: string, because: string): void {
  const challenges = challengesOf(headers);
  assert.deepEqual(Object.keys(challenges), ['Bearer', 'DPoP'], because);
  for (const { resource_metadata: metadata, scope: named } of Object.values(challenges))
    assert.deepEqual([metadata, named], [METADATA(api), scope], because);
}

suite('a challenge names the metadata of the API and the scopes that are enough: the narrowest with 401, all with 403 scope_missing', () => {
  for (const route of routes.filter(({ url }) => apiOf(url) !== undefined))
    test(`${route.method} ${route.url}`, async () => {
      const api = apiOf(route.url) ?? '';
      const { scopes } = route;
      const least = scopes.at(-1) ?? '';
      assert.notEqual(least, '');
      for (const headers of [{}, bearer('unknown'), { authorization: 'DPoP unknown', dpop: 'no proof' }]) {
        const answer = await ask(route, headers);
        assert.equal(answer.status, 401, answer.text);
        assertComplete(answer.headers, api, least, JSON.stringify(headers));
      }
      const answer = await ask(route, bearer(useless));
      assert.equal(answer.status, 403, answer.text);
      assertComplete(answer.headers, api, scopes.join(' '), 'a token without the scope');
    });

  test('also when the token is of no user', async () => {
    const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
    const answer = await request(app, 'GET', '/rest/call', bearer(token));
    assert.equal(answer.status, 403);
    assertComplete(answer.headers, '/rest', 'call', 'a token of the client');
  });
});

test('every route that takes an access token belongs to an API, except UserInfo', () => {
  const outside = routes.filter(({ url }) => apiOf(url) === undefined);
  assert.deepEqual([...new Set(outside.map(({ url }) => url))], ['/oauth/userinfo']);
});

test('UserInfo and the metrics are no API: their challenges name no metadata', async () => {
  for (const path of ['/oauth/userinfo', '/metrics'])
    for (const headers of [{}, bearer('unknown')]) {
      const answer = await request(app, 'GET', path, headers);
      assert.equal(answer.status, 401, path);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /, path);
      assert.doesNotMatch(answer.headers.get('www-authenticate') ?? '', /resource_metadata/, path);
    }
});

suite('a challenge says whose token is needed', () => {
  async function assertInsufficient(path: string, token: string, api: string, scope: string): Promise<void> {
    const answer = await request(app, 'GET', path, bearer(token));
    assert.equal(answer.status, 403, answer.text);
    assertComplete(answer.headers, api, scope, path);
    for (const { error, error_description: description } of Object.values(challengesOf(answer.headers))) {
      assert.equal(error, 'insufficient_scope');
      assert.ok(description && answer.text.includes(`"${description}"`), description);
    }
  }

  test('a user’s instead of the application’s', async () => {
    const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope: 'call' });
    await assertInsufficient('/api/v1/calls', token, '/api/v1', 'click-to-dial:calls:read');
  });

  test('the application’s instead of a user’s', async () => {
    const { access: token } = await obtainTokens(config, anna);
    await app.sql(`UPDATE access_tokens SET scopes = '{webhooks}' WHERE hash = $1`, [hashToken(token)]);
    await assertInsufficient('/api/v1/webhooks', token, '/api/v1', 'webhooks');
  });

  test('an administrator’s', async () => {
    const { access: token } = await obtainTokens(config, anna);
    await app.sql(`UPDATE access_tokens SET scopes = '{admin}' WHERE hash = $1`, [hashToken(token)]);
    await assertInsufficient('/admin/board', token, '/admin', 'admin');
  });
});

test('a response that no other token would change has no challenge', async () => {
  const { access: token } = await obtainTokens(config, anna);
  for (const [path, status] of [
    ['/rest/call', 200],
    ['/click-to-dial/v0.2/calls/unknown', 404],
    ['/api/v1/calls?unknown=1', 400],
  ] as const) {
    const answer = await request(app, 'GET', path, bearer(token));
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [status, null], path);
  }
});

test('the scopes of each API are those that its routes need', async () => {
  for (const api of APIS) {
    const needed = routes.filter(({ url }) => apiOf(url) === api).flatMap(({ scopes }) => scopes);
    const metadata = (await request(app, 'GET', new URL(METADATA(api)).pathname)).json();
    assert.deepEqual(new Set(metadata['scopes_supported'] as string[]), new Set(needed), api);
  }
});
