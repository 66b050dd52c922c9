import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, moveCall, openCallOf } from './events.ts';
import { addHooked, typeOf } from './hooked.ts';
import { eventually, startReceiver } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const { webhooks, deliveries } = app.events;

const stopped = async (call: string, count: number) =>
  eventually(async () => {
    const states = (await deliveriesOf(app, call)).map(({ state }) => state);
    return states.length === count && states.every((state) => state === 'stopped');
  });
const lastProblems = async (call: string) =>
  (await deliveriesOf(app, call)).map(({ attempts }) => attempts.at(-1)?.problem);

suite('a webhook whose receiver answers 410', () => {
  test('is disabled, and what waits for it is stopped; the log says why', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    receiver.answer = () => 500;
    const [retrying, behind] = [await open(), await open()];
    await moveCall(app, behind, 'connected');
    for (const call of [retrying, behind])
      await eventually(async () => (await deliveriesOf(app, call))[0]?.state === 'retrying');
    receiver.answer = () => 410;
    const call = await open();
    await stopped(call, 1);
    await stopped(retrying, 1);
    await stopped(behind, 2);
    assert.deepEqual(await lastProblems(call), ['answered 410']);
    assert.deepEqual(await lastProblems(retrying), ['not sent: the webhook is disabled']);
    assert.deepEqual(await lastProblems(behind), Array(2).fill('not sent: the webhook is disabled'));
    assert.equal(receiver.received.length, 3);

    const { disabledAt, disabledReason } = await webhooks.findWebhook(webhook.id, null);
    assert.equal(disabledReason, 'receiverGone');
    assert.ok(Math.abs((disabledAt?.getTime() ?? 0) - Date.now()) < 10_000);
    const acts = await app.sql(`SELECT actor, client_id, details FROM audit_log WHERE subject = $1`, [
      webhook.id,
    ]);
    const { actor, details, client_id } = acts.at(-1) ?? {};
    assert.deepEqual([actor, client_id, details], ['server', webhook.clientId, { reason: 'receiverGone' }]);
  });

  test('has nothing that waits for hours, however much waits and whenever the server ends', async () => {
    const { webhook, receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const calls = await Promise.all(Array.from({ length: 230 }, () => open()));
    const waiting = `FROM deliveries WHERE webhook_id = $1 AND state = 'retrying'`;
    const count = async () => (await app.sql(`SELECT id ${waiting}`, [webhook.id])).length;
    await eventually(async () => (await count()) === calls.length);
    await app.sql(`UPDATE deliveries SET attempt_at = now() + interval '4 hours' WHERE webhook_id = $1`, [
      webhook.id,
    ]);
    // What is stored when a server ends just after it has disabled the webhook, and one delivery is due.
    await app.sql(`UPDATE webhooks SET disabled_at = now(), disabled_reason = 'receiverGone' WHERE id = $1`, [
      webhook.id,
    ]);
    await app.sql(`UPDATE deliveries SET attempt_at = now() WHERE id = (SELECT min(id) ${waiting})`, [
      webhook.id,
    ]);
    await eventually(async () => (await count()) === 0);
    for (const call of calls) await stopped(call, 1);
    assert.equal(receiver.received.length, calls.length);
  });

  test('gets no later events, until it is enabled; then only later ones', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    receiver.answer = () => 410;
    const call = await open();
    await stopped(call, 1);
    await moveCall(app, call, 'callingCaller');
    assert.equal((await deliveriesOf(app, call)).length, 1);

    receiver.answer = () => 204;
    const enabled = await webhooks.setDisabled(webhook.id, null, false, COMMAND_LINE);
    assert.deepEqual([enabled.disabledAt, enabled.disabledReason], [null, null]);
    await moveCall(app, call, 'connected');
    const [, later] = await receiver.waitFor(2);
    assert.equal(later && typeOf(later), 'connected');
    const [missed] = await deliveriesOf(app, call);
    await deliveries.resend(missed?.id ?? '', null, COMMAND_LINE);
    const [, , resent] = await receiver.waitFor(3);
    assert.equal(resent && typeOf(resent), 'initiating');
  });

  test('does not stop the other webhooks of its client', async () => {
    const { receiver, clientId, open } = await addHooked(app);
    const other = await startReceiver();
    await webhooks.addWebhook(clientId, { url: other.url }, COMMAND_LINE);
    receiver.answer = () => 410;
    const call = await open();
    await moveCall(app, call, 'callingCaller');
    await other.waitFor(2);
  });
});

suite('a sink that answers 410', () => {
  const openWith = (sink: string) => openCallOf(app, { userName: 'anna', clientId: 'of-sinks', sink });

  test('gets no more events of its call, and the log says why', async () => {
    const receiver = await startReceiver(() => 410);
    const call = await openWith(receiver.url);
    await moveCall(app, call, 'callingCaller');
    await stopped(call, 2);
    await moveCall(app, call, 'connected');
    await stopped(call, 3);
    const later = 'not sent: the sink answered 410 (Gone) to an earlier event';
    assert.deepEqual(await lastProblems(call), ['answered 410', later, later]);
    assert.equal(receiver.received.length, 1);
  });

  test('gets those of other calls', async () => {
    const receiver = await startReceiver(({ path }) => (path === '/gone' ? 410 : 204));
    const [gone, other] = [await openWith(`${receiver.url}/gone`), await openWith(`${receiver.url}/other`)];
    await stopped(gone, 1);
    await moveCall(app, other, 'connected');
    await receiver.waitFor(2, ({ path }) => path === '/other');
  });

  test('gets an event that is resent', async () => {
    const receiver = await startReceiver(() => 410);
    const call = await openWith(receiver.url);
    await moveCall(app, call, 'connected');
    await stopped(call, 2);
    receiver.answer = () => 204;
    for (const { id } of await deliveriesOf(app, call)) {
      await deliveries.resend(id, null, COMMAND_LINE);
      await eventually(async () =>
        (await deliveriesOf(app, call)).some((one) => one.id === id && one.state === 'delivered'),
      );
    }
    await moveCall(app, call, 'disconnected');
    await eventually(async () => (await deliveriesOf(app, call))[2]?.state === 'delivered');
  });
});

test('a webhook that an administrator disables gets no events, and what waits for it is stopped', async () => {
  const { receiver, webhook, open } = await addHooked(app);
  receiver.answer = () => 500;
  const call = await open();
  await moveCall(app, call, 'connected');
  await eventually(async () => (await deliveriesOf(app, call))[0]?.state === 'retrying');
  const { disabledReason } = await webhooks.setDisabled(webhook.id, null, true, COMMAND_LINE);
  assert.equal(disabledReason, 'requested');
  await stopped(call, 2);
  await open();
  const { items } = await deliveries.listDeliveries({ webhookId: webhook.id }, { size: 10 });
  assert.equal(items.length, 2);
  assert.equal(receiver.received.length, 1);
});
