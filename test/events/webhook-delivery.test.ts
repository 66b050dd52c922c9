import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startApp } from '../harness/app.ts';
import { addModernClient, addUser } from '../harness/people.ts';
import { moveCall, openCallOf, WHOLE_LIFE } from './events.ts';
import { startReceiver } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

test('every state of a call arrives, in order, signed, with the event as id', async () => {
  const receiver = await startReceiver();
  const { client } = await addModernClient(app);
  const { secret } = await app.webhooks.addWebhook(client.id, receiver.url);
  const id = await openCallOf(app, { userName: 'anna', clientId: client.id });
  for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  const received = await receiver.waitFor(5);
  for (const { headers, body } of received)
    new Webhook(secret).verify(body, headers as Record<string, string>);
  assert.deepEqual(
    received.map(({ body }) => JSON.parse(body).type),
    ['initiating', ...WHOLE_LIFE],
  );
  console.log(received.at(-1));
});
