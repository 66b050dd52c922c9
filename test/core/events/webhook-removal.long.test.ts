import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { DeliveryNotFound } from '../../../src/core/events/deliveries/delivery-errors.ts';
import { eventExpiry } from '../../../src/core/events/event-expiry.ts';
import { WebhookNotFound } from '../../../src/core/events/webhooks/webhook-errors.ts';
import { sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, makeRetriesDue, moveCall } from './events.ts';
import { addHooked } from './hooked.ts';
import { eventually } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const { webhooks, deliveries } = app.events;

/** A webhook with a refusing receiver: one event was attempted, and the next one of the call waits behind it. */
async function addRefused() {
  const hooked = await addHooked(app);
  hooked.receiver.answer = () => 500;
  const call = await hooked.open();
  await eventually(async () => (await deliveriesOf(app, call))[0]?.attempts.length === 1);
  await moveCall(app, call, 'callingCaller');
  assert.equal((await deliveriesOf(app, call))[1]?.state, 'behind');
  return { ...hooked, call };
}

/** Holds the locks of a statement while `during` runs. */
async function whileLocked(statement: string, values: unknown[], during: () => Promise<unknown>) {
  const holder = await app.database.pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query(statement, values);
    await during();
  } finally {
    await holder.query('ROLLBACK');
    holder.release();
  }
}

const removals = {
  'a webhook that was removed': ({ webhook }: { webhook: { id: string } }) =>
    webhooks.removeWebhook(webhook.id, null, COMMAND_LINE),
  'a webhook whose client was removed': ({ clientId }: { clientId: string }) =>
    app.clients.removeClient(clientId, COMMAND_LINE),
};

for (const [what, remove] of Object.entries(removals)) {
  suite(what, () => {
    test('gets no more events, not even waiting ones', async () => {
      const refused = await addRefused();
      await remove(refused);
      await moveCall(app, refused.call, 'callingCallee');
      await makeRetriesDue(app);
      const other = await addHooked(app);
      await other.open();
      await other.receiver.waitFor(1); // the claim that found this delivery has also seen the other ones
      assert.equal(refused.receiver.received.length, 1);
      assert.equal((await deliveriesOf(app, refused.call)).length, 2);
    });

    test('is no longer visible, and neither are its deliveries', async () => {
      const refused = await addRefused();
      const [{ id } = { id: '' }] = await deliveriesOf(app, refused.call);
      await remove(refused);
      assert.deepEqual(await webhooks.listWebhooks(refused.clientId), []);
      await assert.rejects(webhooks.findWebhook(refused.webhook.id, null), WebhookNotFound);
      await assert.rejects(webhooks.rotateSecret(refused.webhook.id, null, COMMAND_LINE), WebhookNotFound);
      await assert.rejects(webhooks.removeWebhook(refused.webhook.id, null, COMMAND_LINE), WebhookNotFound);
      const { items: listed } = await deliveries.listDeliveries({ callId: refused.call }, { size: 10 });
      assert.deepEqual(listed, []);
      await assert.rejects(deliveries.resend(id, null, COMMAND_LINE), DeliveryNotFound);
    });

    test('is removed without reading its deliveries', async () => {
      const refused = await addRefused();
      const lock = 'SELECT 1 FROM deliveries WHERE call_id = $1 FOR UPDATE';
      await whileLocked(lock, [refused.call], async () => remove(refused));
    });

    test('is swept: first its deliveries, and itself an hour later', async () => {
      const refused = await addRefused();
      const { id } = refused.webhook;
      const rows = () => app.sql('SELECT 1 FROM webhooks WHERE id = $1', [id]);
      await remove(refused);
      await sweepExpired(app.database, eventExpiry);
      assert.deepEqual([await deliveriesOf(app, refused.call), (await rows()).length], [[], 1]);
      await app.sql(`UPDATE webhooks SET removed_at = now() - interval '61 minutes' WHERE id = $1`, [id]);
      await sweepExpired(app.database, eventExpiry);
      assert.equal((await rows()).length, 0);
    });
  });
}

test('events behind an attempt in progress at the removal are not sent', async () => {
  const { receiver, webhook, open } = await addHooked(app);
  const answered = Promise.withResolvers<void>();
  receiver.answer = (_received, response) => {
    answered.promise.then(() => response.writeHead(204).end());
    return undefined;
  };
  const id = await open();
  await receiver.waitFor(1);
  await moveCall(app, id, 'callingCaller');
  assert.equal((await deliveriesOf(app, id))[1]?.state, 'behind');
  await webhooks.removeWebhook(webhook.id, null, COMMAND_LINE);
  answered.resolve();
  await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
  const other = await addHooked(app);
  await other.open();
  await other.receiver.waitFor(1);
  assert.equal(receiver.received.length, 1);
});

test('a removed webhook does not count towards the limit of ten', async () => {
  const { clientId, webhook } = await addHooked(app);
  const url = 'https://hooks.example/';
  for (let more = 1; more < 10; more++) await webhooks.addWebhook(clientId, { url }, COMMAND_LINE);
  await webhooks.removeWebhook(webhook.id, null, COMMAND_LINE);
  await webhooks.addWebhook(clientId, { url }, COMMAND_LINE);
});

test('a call can change while its webhook is changed, removed or swept', async () => {
  const { webhook, open } = await addHooked(app);
  const id = await open();
  await whileLocked('DELETE FROM webhooks WHERE id = $1', [webhook.id], () =>
    moveCall(app, id, 'callingCaller'),
  );
  const [call] = await app.sql('SELECT state FROM calls WHERE id = $1', [id]);
  assert.equal(call?.['state'], 'callingCaller');
});
