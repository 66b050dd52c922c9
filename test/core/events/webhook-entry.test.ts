import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addModernClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { configure } from '../../web/oauth/modern-walk.ts';

const BASE = '/click-to-dial/v0.2rc1';
const app = await startApp();
await addUser(app, 'anna');
const console_ = await addClassicClient(app, 'Console');
const administrator = await addAdministrator(app, console_);

suite('access is denied with', () => {
  const paths = ['/webhooks', '/deliveries'];
  const refused: Record<string, () => Promise<readonly [string, number]>> = {
    'no token': async () => ['', 401],
    'a user’s token': async () => [await classicToken(app, console_, 'anna', 'call'), 403],
    'an administrator’s token': async () => [administrator.token, 403],
    'a client’s token for something else': async () => {
      const config = await configure(app, await addModernClient(app));
      return [(await oauth.clientCredentialsGrant(config, { scope: 'call' })).access_token, 403];
    },
    'a user’s token that says webhooks nevertheless': async () => {
      const token = await classicToken(app, await addClassicClient(app), 'anna', 'call');
      await app.sql(`UPDATE access_tokens SET scopes = '{webhooks}' WHERE model = 'AccessToken'
                        AND NOT 'admin' = ANY (scopes)`);
      return [token, 403];
    },
  };
  for (const [what, given] of Object.entries(refused)) {
    test(what, async () => {
      const [token, status] = await given();
      for (const path of paths) {
        const answer = await request(app, 'GET', BASE + path, token ? bearer(token) : {});
        assert.equal(answer.status, status, answer.text);
      }
    });
  }

  test('a token in the query string', async () => {
    const config = await configure(app, await addModernClient(app));
    const { access_token: token } = await oauth.clientCredentialsGrant(config, { scope: 'webhooks' });
    assert.equal((await request(app, 'GET', `${BASE}/webhooks?access_token=${token}`)).status, 401);
  });
});

test('no user can grant the scope webhooks: an authorization ignores it', async () => {
  const token = await classicToken(app, await addClassicClient(app), 'anna', 'call webhooks');
  assert.ok(token);
  const scopes = await app.sql(
    `SELECT scopes FROM access_tokens WHERE hash = sha256(convert_to($1, 'UTF8'))`,
    [token],
  );
  assert.deepEqual(scopes, [{ scopes: ['call'] }]);
});
