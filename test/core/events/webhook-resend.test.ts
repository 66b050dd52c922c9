import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { eventExpiry } from '../../../src/core/events/event-expiry.ts';
import { sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, makeRetriesDue, moveCall } from './events.ts';
import { addHooked, idOf, typeOf, verify } from './hooked.ts';
import { eventually } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

suite('resending', () => {
  const { deliveries } = app.events;

  test('delivers a delivered event again, with the same id', async () => {
    const { receiver, secret, open } = await addHooked(app);
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
    const [delivery] = await deliveriesOf(app, id);
    const resent = await deliveries.resend(delivery?.id ?? '', null, COMMAND_LINE);
    assert.equal(resent.state, 'pending');
    const received = await receiver.waitFor(2);
    assert.equal(new Set(received.map(idOf)).size, 1);
    for (const one of received) verify(one, secret);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 2);
  });

  test('delivers a parked event, and retries for three more days', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.sql(`UPDATE deliveries SET tried_since = now() - interval '4 days' WHERE call_id = $1`, [id]);
    await makeRetriesDue(app);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'parked');
    const [delivery] = await deliveriesOf(app, id);
    const before = receiver.received.length;
    await deliveries.resend(delivery?.id ?? '', null, COMMAND_LINE);
    await receiver.waitFor(before + 1);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === before + 1);
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'retrying');
  });

  test('sends a waiting delivery now, in one attempt', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    receiver.answer = () => 200;
    const [delivery] = await deliveriesOf(app, id);
    await deliveries.resend(delivery?.id ?? '', null, COMMAND_LINE);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
    await makeRetriesDue(app);
    await moveCall(app, id, 'callingCaller');
    await receiver.waitFor(1, (received) => typeOf(received) === 'callingCaller');
    assert.equal(receiver.received.length, 3);
  });

  test('however often makes one attempt each time', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    for (let attempts = 1; attempts <= 4; attempts++) {
      await eventually(async () => {
        const [delivery] = await deliveriesOf(app, id);
        return delivery?.attempts.length === attempts && delivery.state === 'retrying';
      });
      await deliveries.resend((await deliveriesOf(app, id))[0]?.id ?? '', null, COMMAND_LINE);
    }
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 5);
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'retrying');
    assert.equal(receiver.received.length, 5);
  });

  test('a delivery that waits for an earlier one of its call has no effect', async () => {
    const { receiver, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await moveCall(app, id, 'callingCaller');
    await deliveries.resend((await deliveriesOf(app, id))[1]?.id ?? '', null, COMMAND_LINE);
    assert.equal((await deliveriesOf(app, id))[1]?.state, 'behind');
    receiver.answer = () => 200;
    await makeRetriesDue(app);
    await receiver.waitFor(1, (received) => typeOf(received) === 'callingCaller');
  });
});

test('finished deliveries and their attempts are kept for 30 days, unfinished ones longer', async () => {
  const { receiver, open } = await addHooked(app);
  const [kept, old] = [await open(), await open()];
  for (const id of [kept, old])
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
  receiver.answer = () => 500;
  const pending = await open();
  await eventually(async () => (await deliveriesOf(app, pending))[0]?.attempts.length === 1);
  const age = (id: string, days: number) =>
    app.sql(
      `UPDATE deliveries SET created_at = now() - $2 * interval '1 day',
                             ended_at = CASE WHEN ended_at IS NOT NULL THEN now() - $2 * interval '1 day' END
        WHERE call_id = $1`,
      [id, days],
    );
  await Promise.all([age(kept, 29), age(old, 31), age(pending, 31)]);
  await sweepExpired(app.database, eventExpiry);
  const counts = await Promise.all(
    [kept, old, pending].map(async (id) => (await deliveriesOf(app, id)).length),
  );
  assert.deepEqual(counts, [1, 0, 1]);
});
