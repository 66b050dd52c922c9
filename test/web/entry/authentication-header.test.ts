import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { addCaller, tokenFor } from '../click-to-dial/call.ts';
import { configure } from '../oauth/modern-walk.ts';
import { ROUTES } from './routes.ts';

const METRICS_TOKEN = 'a-metrics-token-of-32-characters';
const app = await startApp({ METRICS_TOKEN });
const modern = await addModernClient(app);
const user = await tokenFor(app, modern, await addCaller(app, 'anna'));
const administrator = (await addAdministrator(app)).token;
const { access_token: application } = await oauth.clientCredentialsGrant(await configure(app, modern), {
  scope: 'webhooks',
});

/** A token that each kind of route accepts in the header Authorization. */
const TOKENS = { token: user, client: application, administrator, metrics: METRICS_TOKEN };

for (const [entry, token] of Object.entries(TOKENS)) {
  for (const route of ROUTES[entry as keyof typeof TOKENS]) {
    const [method = '', path = ''] = route.split(' ');
    if (path === '/rest/call') continue;

    test(`${route} ignores the header Authentication`, async () => {
      const address = path.replaceAll(/:\w+/g, 'unknown');
      const alone = await request(app, method, address, { authentication: `Bearer ${token}` });
      assert.equal(alone.status, 401, alone.text);
      assert.doesNotMatch(alone.headers.get('www-authenticate') ?? '', /error=/, 'no token was sent');
    });
  }
}

test('beside a token in Authorization it says nothing, whatever it contains', async () => {
  for (const authentication of ['Bearer another', 'Bearer', 'nonsense']) {
    const answer = await request(app, 'GET', '/admin/users', { ...bearer(administrator), authentication });
    assert.equal(answer.status, 200, answer.text);
  }
});
