import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { METRICS_TOKEN, read, total } from '../metrics/metrics.ts';
import { addPerson, authorize, configure } from '../oauth/modern-walk.ts';

const app = await startApp({ METRICS_TOKEN });
await addUser(app, 'anna', { numbers: ['+447700900000'] });
const client = await addModernClient(app);
const CALLS = '/api/v1/calls';

test('requests are timed by their route, and no id makes a label of its own', async () => {
  for (const path of [`${CALLS}/one`, `${CALLS}/two`]) await request(app, 'GET', path);
  const name = 'clicktocall_http_request_duration_seconds_count';
  const labels = /method="GET",route="\/api\/v1\/calls\/:callId",status="401"/;
  assert.equal(await total(name, labels, app), 2);
  assert.doesNotMatch((await read(app, name)).join('\n'), /calls\/(one|two)/);
});

test('the audit log has each change that a client makes to its webhooks, with the client as the actor', async () => {
  const config = await configure(app, client);
  const { access_token: own } = await oauth.clientCredentialsGrant(config, { scope: 'webhooks' });
  const send = (method: string, path: string, body?: object) =>
    request(
      app,
      method,
      `/api/v1/webhooks${path}`,
      { ...bearer(own), ...(body && JSON_BODY) },
      body && JSON.stringify(body),
    );
  const { id } = (await send('POST', '', { url: 'https://hooks.example/' })).json<{ id: string }>();
  await send('PUT', `/${id}/events`, { events: ['failed'] });
  await send('PUT', `/${id}/disabled`, { disabled: true });
  await send('PUT', `/${id}/disabled`, { disabled: false });
  await send('POST', `/${id}/secret`);
  await send('POST', `/${id}/test`);
  await send('GET', `/${id}`);
  await send('DELETE', `/${id}`);
  const acts = await app.sql(
    'SELECT action, actor, actor_client_id AS by FROM audit_log WHERE subject = $1 ORDER BY id',
    [id],
  );
  const by = { actor: 'application', by: client.client.id };
  assert.deepEqual(acts, [
    { action: 'webhookAdded', ...by },
    { action: 'webhookEventsChanged', ...by },
    { action: 'webhookDisabled', ...by },
    { action: 'webhookEnabled', ...by },
    { action: 'webhookSecretRotated', ...by },
    { action: 'webhookTested', ...by },
    { action: 'webhookRemoved', ...by },
  ]);
});

suite('a token that is bound to a key (DPoP)', async () => {
  const config = await configure(app, client);
  const keys = await oauth.randomDPoPKeyPair('ES256');
  const DPoP = oauth.getDPoPHandle(config, keys);
  const { callback, verifier } = await authorize(config, await addPerson(app, 'bert'), { scope: 'call' });
  const tokens = await oauth.authorizationCodeGrant(
    config,
    callback,
    { pkceCodeVerifier: verifier },
    undefined,
    { DPoP },
  );
  const { access_token: bound } = tokens;

  test('works with a proof for the request', async () => {
    for (const path of [CALLS, '/api/v1/me/limits']) {
      const url = new URL(`${app.url}${path}`);
      const answer = await oauth.fetchProtectedResource(config, bound, url, 'GET', null, new Headers(), {
        DPoP,
      });
      assert.equal(answer.status, 200, path);
    }
  });

  test('is refused without one, and the problem says so', async () => {
    const answer = await request(app, 'GET', CALLS, bearer(bound));
    assert.deepEqual([answer.status, answer.json()['code']], [401, 'token_invalid']);
    assert.match(answer.headers.get('www-authenticate') ?? '', /DPoP/);
    const withScheme = await request(app, 'GET', CALLS, { authorization: `DPoP ${bound}` });
    assert.match(String(withScheme.json()['detail']), /proof/);
  });
});
