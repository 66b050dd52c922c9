import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';
import { configure } from '../../web/oauth/modern-walk.ts';
import { openCallOf } from '../events/events.ts';
import { actsOf, userId } from './acts.ts';

const BASE = '/api/v1';

test('acts of an application on its webhooks and deliveries have the application as actor', async () => {
  const app = await startApp();
  await addUser(app, 'anna');
  const registered = await addModernClient(app);
  const clientId = registered.client.id;
  const config = await configure(app, registered);
  const tokens = await oauth.clientCredentialsGrant(config, { scope: 'webhooks' });
  const send = (method: string, path: string, body?: object) =>
    request(
      app,
      method,
      BASE + path,
      { ...bearer(tokens.access_token), ...(body && JSON_BODY) },
      body && JSON.stringify(body),
    );
  await openCallOf(app, { userName: 'anna', clientId, sink: 'https://10.0.0.1/' });
  const [delivery] = await app.sql<{ id: string }>('SELECT id FROM deliveries');

  let webhook = '';
  const acts = await actsOf(app, async () => {
    const added = await send('POST', '/webhooks', { url: 'https://hooks.example/' });
    webhook = added.json<{ id: string }>().id;
    await send('PUT', `/webhooks/${webhook}/events`, { events: ['failed'] });
    await send('PUT', `/webhooks/${webhook}/disabled`, { disabled: true });
    await send('PUT', `/webhooks/${webhook}/disabled`, { disabled: false });
    await send('POST', `/webhooks/${webhook}/test`);
    await send('POST', `/webhooks/${webhook}/secret`);
    await send('DELETE', `/webhooks/${webhook}`);
    await send('DELETE', `/webhooks/${webhook}`);
    await send('POST', `/deliveries/${delivery?.id}/resend`);
  });
  const ofWebhook = { user_id: null, subject: webhook };
  assert.deepEqual(
    acts.map(({ action, user_id, subject }) => ({ action, user_id, subject })),
    [
      { action: 'webhookAdded', ...ofWebhook },
      { action: 'webhookEventsChanged', ...ofWebhook },
      { action: 'webhookDisabled', ...ofWebhook },
      { action: 'webhookEnabled', ...ofWebhook },
      { action: 'webhookTested', ...ofWebhook },
      { action: 'webhookSecretRotated', ...ofWebhook },
      { action: 'webhookRemoved', ...ofWebhook },
      { action: 'deliveryResent', user_id: await userId(app, 'anna'), subject: delivery?.id },
    ],
  );
  for (const act of acts) {
    assert.deepEqual([act.actor, act.actor_client_id, act.client_id], ['application', clientId, clientId]);
    assert.equal(act.actor_user_id, null);
    assert.match(act.ip_address ?? '', /^(127\.0\.0\.1|::1)$/);
  }
});
