import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, makeRetriesDue, moveCall } from './events.ts';
import { addHooked, idOf, typeOf, verify } from './hooked.ts';
import { eventually, type Received, startReceiver } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

suite('after a failure', () => {
  test('the event is sent again with the same id, before any other event of the call', async () => {
    const { receiver, secret, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    await moveCall(app, id, 'callingCaller');
    for (let attempts = 1; attempts <= 3; attempts++) {
      await receiver.waitFor(attempts);
      await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === attempts);
      await makeRetriesDue(app);
    }
    receiver.answer = () => 200;
    const received = await receiver.waitFor(5);
    assert.deepEqual(received.map(typeOf), [...Array(4).fill('initiating'), 'callingCaller']);
    assert.equal(new Set(received.slice(0, 4).map(idOf)).size, 1);
    for (const one of received) verify(one, secret);
  });

  test('the delay grows from about 5 seconds to some hours, with jitter', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const ids = await Promise.all([open(), open(), open()]);
    const waits = async () =>
      Promise.all(
        ids.map(async (id) => {
          const rows = `FROM deliveries WHERE call_id = $1 AND state = 'retrying'`;
          await eventually(async () => (await app.sql(`SELECT 1 ${rows}`, [id])).length === 1);
          const [row] = await app.sql(
            `SELECT extract(epoch FROM attempt_at - now())::float AS wait ${rows}`,
            [id],
          );
          return Number(row?.['wait']);
        }),
      );
    const first = await waits();
    for (const wait of first) assert.ok(wait > 2 && wait < 8.1, `${wait} s`);
    assert.equal(new Set(first).size, 3);

    await app.sql(`UPDATE deliveries SET failures = 30 WHERE state = 'retrying'`);
    await makeRetriesDue(app);
    await receiver.waitFor(6);
    for (const wait of await waits()) assert.ok(wait > 3600 && wait <= 4 * 3600, `${wait} s`);
  });

  test('deliveries of other calls and webhooks continue', async () => {
    const { receiver, clientId, open } = await addHooked(app);
    const second = await startReceiver();
    await app.events.webhooks.addWebhook(clientId, { url: second.url }, COMMAND_LINE);
    const failing = await open();
    receiver.answer = ({ body }) => (body.includes(failing) ? 500 : 200);
    const other = await open();
    await moveCall(app, failing, 'callingCaller');
    await moveCall(app, other, 'callingCaller');
    const fine = await receiver.waitFor(2, ({ body }) => body.includes(other));
    assert.deepEqual(fine.map(typeOf), ['initiating', 'callingCaller']);
    await second.waitFor(4);
    assert.deepEqual(second.received.filter(({ body }) => body.includes(failing)).map(typeOf), [
      'initiating',
      'callingCaller',
    ]);
  });

  test('the delivery is parked after three days, and the next one of the call is sent', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = ({ body }) => (typeOf({ body } as Received) === 'initiating' ? 500 : 200);
    const id = await open();
    await moveCall(app, id, 'callingCaller');
    await receiver.waitFor(1);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.sql(
      `UPDATE deliveries SET tried_since = now() - interval '2 days 23 hours' WHERE call_id = $1`,
      [id],
    );
    await makeRetriesDue(app);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 2);
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'retrying');

    await app.sql(
      `UPDATE deliveries SET tried_since = tried_since - interval '61 minutes' WHERE call_id = $1`,
      [id],
    );
    await makeRetriesDue(app);
    await receiver.waitFor(1, (received) => typeOf(received) === 'callingCaller');
    await eventually(async () => (await deliveriesOf(app, id))[1]?.state === 'delivered');
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'parked');
  });
});

test('a delivery that waited behind another one has its own three days', async () => {
  const { receiver, open } = await addHooked(app);
  receiver.answer = () => 500;
  const id = await open();
  await moveCall(app, id, 'callingCaller');
  await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
  await app.sql(
    `UPDATE deliveries SET created_at = now() - interval '4 days',
                           tried_since = tried_since - interval '4 days' WHERE call_id = $1`,
    [id],
  );
  await makeRetriesDue(app);
  await eventually(async () => (await deliveriesOf(app, id))[1]?.attempts.length === 1);
  const states = (await deliveriesOf(app, id)).map(({ state }) => state);
  assert.deepEqual(states, ['parked', 'retrying']);
});

test('a webhook that always times out leaves capacity to others', async () => {
  const stuck = await addHooked(app);
  stuck.receiver.answer = () => undefined;
  const calls = await Promise.all(Array.from({ length: 40 }, () => stuck.open()));
  await stuck.receiver.waitFor(8);
  const { receiver, open } = await addHooked(app);
  await open();
  await receiver.waitFor(1);
  assert.equal(stuck.receiver.received.length, 8);
  assert.equal(calls.length, 40);
  await app.events.webhooks.removeWebhook(stuck.webhook.id, null, COMMAND_LINE);
});
