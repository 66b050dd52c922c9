import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { configure, tokensOf } from '../oauth/modern-walk.ts';
import { addAdministrator } from './administrator.ts';

/** What a refusal says. Which routes refuse whom is in test/web/entry. */
const app = await startApp();
const administrator = await addAdministrator(app);
await addUser(app, 'anna');

async function assertRefused(
  headers: Record<string, string>,
  status: number,
  error: string,
  query = '',
): Promise<void> {
  const answer = await request(app, 'GET', `/admin/users${query}`, headers);
  assert.deepEqual([answer.status, answer.json()['error']], [status, error]);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  if (status === 401) assert.match(challenge, /^Bearer realm="clicktocall"/);
  if (error === 'scope_missing') assert.match(challenge, /error="insufficient_scope", scope="admin"/);
}

suite('the admin API refuses', () => {
  test('a request without a token', () => assertRefused({}, 401, 'token_missing'));

  test('an unknown token', () => assertRefused(bearer('unknown'), 401, 'token_invalid'));

  test('a token in the query string', () =>
    assertRefused({}, 401, 'token_invalid', `?access_token=${administrator.token}`));

  test('the token of a user who is not an administrator, for any requested scope', async () => {
    const token = await modernToken(app, await addModernClient(app), 'anna', 'admin call');
    await assertRefused(bearer(token), 403, 'scope_missing');
  });

  test('a client’s own token, even if its row has scope admin', async () => {
    const config = await configure(app, await addModernClient(app));
    const { access } = tokensOf(await oauth.clientCredentialsGrant(config, { scope: 'call' }));
    await app.sql(`UPDATE access_tokens SET scopes = '{admin}' WHERE model = 'ClientCredentials'`);
    await assertRefused(bearer(access), 403, 'token_without_user');
  });

  test('the token of a former administrator', async () => {
    const former = await addAdministrator(app, 'former');
    assert.equal((await former.get('/admin/users')).status, 200);
    await app.sql(`UPDATE users SET administrator = false WHERE name = 'former'`);
    await assertRefused(bearer(former.token), 403, 'administrator_required');
  });
});

test('an administrator’s token in a header is accepted, and responses are not stored', async () => {
  const answer = await administrator.get('/admin/users');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});
