import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { eventExpiry } from '../../../src/core/events/event-expiry.ts';
import { TestLimitReached, WebhookNotFound } from '../../../src/core/events/webhooks/webhook-errors.ts';
import { sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { createConformance } from '../../web/openapi/conformance.ts';
import { readDefinition } from '../../web/openapi/definition.ts';
import { deliveriesOf } from './events.ts';
import { addHooked, idOf, verify } from './hooked.ts';
import { eventually } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const { webhooks, deliveries } = app.events;
const { assertFits } = createConformance(await readDefinition(app));
const MESSAGE = ['webhooks', 'webhookTested', 'post', 'requestBody', 'content', 'application/json', 'schema'];

const logOf = async (webhookId: string) =>
  (await deliveries.listDeliveries({ webhookId }, { size: 10 })).items;
const ended = (webhookId: string) => eventually(async () => (await logOf(webhookId))[0]?.endedAt !== null);

suite('a test event', () => {
  test('is sent like any other event, and is marked as a test', async () => {
    const { receiver, webhook, secret } = await addHooked(app);
    const queued = await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    assert.deepEqual(
      [queued.event, queued.callId, queued.webhookId, queued.url, queued.state],
      ['test', null, webhook.id, webhook.url, 'pending'],
    );
    const [received] = await receiver.waitFor(1);
    assert.ok(received);
    const message = verify(received, secret) as { type: string; timestamp: string; data: object };
    assert.deepEqual(message, {
      type: 'test',
      timestamp: queued.createdAt.toISOString(),
      data: { webhookId: webhook.id },
    });
    assertFits(JSON.parse(received.body), MESSAGE);
    assert.equal(idOf(received), queued.eventId);
    await ended(webhook.id);
    const [logged] = await logOf(webhook.id);
    assert.deepEqual([logged?.id, logged?.state, logged?.attempts[0]?.status], [queued.id, 'delivered', 204]);
  });

  test('that fails is not sent again, and can be resent', async () => {
    const { receiver, webhook } = await addHooked(app);
    receiver.answer = () => 500;
    const { id } = await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await ended(webhook.id);
    const [logged] = await logOf(webhook.id);
    assert.deepEqual([logged?.state, logged?.attempts[0]?.problem], ['stopped', 'answered 500']);
    receiver.answer = () => 204;
    await deliveries.resend(id, null, COMMAND_LINE);
    await eventually(async () => (await logOf(webhook.id))[0]?.state === 'delivered');
    assert.equal(new Set(receiver.received.map(idOf)).size, 1);
  });

  test('reaches a disabled webhook, which stays disabled', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    await webhooks.setDisabled(webhook.id, null, true, COMMAND_LINE);
    await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await receiver.waitFor(1);
    await ended(webhook.id);
    await open();
    assert.equal((await logOf(webhook.id)).length, 1);
    assert.equal((await webhooks.findWebhook(webhook.id, null)).disabledReason, 'requested');
  });

  test('does not wait for events of calls', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    receiver.answer = ({ body }) => (body.includes('"test"') ? 204 : 500);
    await open();
    await receiver.waitFor(1);
    await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await eventually(async () => (await logOf(webhook.id))[0]?.state === 'delivered');
  });

  test('is kept for 30 days', async () => {
    const { webhook } = await addHooked(app);
    await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await ended(webhook.id);
    await app.sql(`UPDATE deliveries SET ended_at = now() - interval '31 days' WHERE webhook_id = $1`, [
      webhook.id,
    ]);
    await sweepExpired(app.database, eventExpiry);
    assert.deepEqual(await logOf(webhook.id), []);
  });
});

suite('a webhook gets at most five test events in a minute', () => {
  test('also when they are sent at the same time', async () => {
    const { webhook } = await addHooked(app);
    const sent = await Promise.allSettled(
      Array.from({ length: 8 }, () => deliveries.sendTest(webhook.id, null, COMMAND_LINE)),
    );
    assert.equal(sent.filter(({ status }) => status === 'fulfilled').length, 5);
    const [error] = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.ok(error instanceof TestLimitReached);
    assert.ok(error.retryAfterSeconds > 50 && error.retryAfterSeconds <= 60);
  });

  test('and gets another one when the first is a minute old', async () => {
    const { webhook } = await addHooked(app);
    for (let tests = 0; tests < 5; tests++) await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await app.sql(`UPDATE webhooks SET tested_at[1] = tested_at[1] - interval '61 seconds' WHERE id = $1`, [
      webhook.id,
    ]);
    await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    await assert.rejects(deliveries.sendTest(webhook.id, null, COMMAND_LINE), TestLimitReached);
  });

  test('resent ones included, also when they are resent at the same time', async () => {
    const { receiver, webhook } = await addHooked(app);
    receiver.answer = () => undefined; // so that each is resent while it is under way
    const { id } = await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    const resent = await Promise.allSettled(
      Array.from({ length: 8 }, () => deliveries.resend(id, null, COMMAND_LINE)),
    );
    assert.equal(resent.filter(({ status }) => status === 'fulfilled').length, 4);
    for (const one of resent)
      assert.ok(one.status === 'fulfilled' || one.reason instanceof TestLimitReached, String(one));
    await assert.rejects(deliveries.sendTest(webhook.id, null, COMMAND_LINE), TestLimitReached);
  });

  test('which says nothing about resending events of calls', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    for (let tests = 0; tests < 5; tests++) await deliveries.sendTest(webhook.id, null, COMMAND_LINE);
    const call = await open();
    await receiver.waitFor(1, ({ body }) => body.includes(call));
    const [delivery] = await deliveriesOf(app, call);
    await deliveries.resend(delivery?.id ?? '', null, COMMAND_LINE);
    await receiver.waitFor(2, ({ body }) => body.includes(call));
  });

  test('while others get theirs', async () => {
    const [busy, other] = [await addHooked(app), await addHooked(app)];
    for (let tests = 0; tests < 5; tests++) await deliveries.sendTest(busy.webhook.id, null, COMMAND_LINE);
    await deliveries.sendTest(other.webhook.id, null, COMMAND_LINE);
  });
});

test('a removed, unknown or foreign webhook gets no test event', async () => {
  const { webhook } = await addHooked(app);
  await assert.rejects(deliveries.sendTest(webhook.id, 'another', COMMAND_LINE), WebhookNotFound);
  await webhooks.removeWebhook(webhook.id, null, COMMAND_LINE);
  for (const id of [webhook.id, 'unknown'])
    await assert.rejects(deliveries.sendTest(id, null, COMMAND_LINE), WebhookNotFound);
});
