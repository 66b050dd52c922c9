import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startApp } from '../harness/app.ts';
import { addModernClient, addUser } from '../harness/people.ts';
import { deliveriesOf, makeRetriesDue, moveCall, openCallOf, WHOLE_LIFE } from './events.ts';
import { eventually, type Received, startReceiver } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

/** A client with a webhook at a receiver of its own. */
async function addHooked() {
  const receiver = await startReceiver();
  const { client } = await addModernClient(app);
  const { webhook, secret } = await app.deliveries.webhooks.addWebhook(client.id, `${receiver.url}/hook`);
  const open = (columns = {}) => openCallOf(app, { userName: 'anna', clientId: client.id, ...columns });
  return { receiver, clientId: client.id, webhook, secret, open };
}

function verify({ headers, body }: Received, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

const typeOf = ({ body }: Received): string => JSON.parse(body).type;
const idOf = ({ headers }: Received) => headers['webhook-id'];

test('every state of a call arrives, in order, signed, under the id of the event', async () => {
  const { receiver, secret, open } = await addHooked();
  const id = await open({ client_reference: 'order 7', metadata: { desk: '3' } });
  for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  const received = await receiver.waitFor(5);
  for (const one of received) verify(one, secret);
  assert.deepEqual(received.map(typeOf), ['initiating', ...WHOLE_LIFE]);
  const events = await app.sql('SELECT id FROM call_events WHERE call_id = $1 ORDER BY seq', [id]);
  assert.deepEqual(
    received.map(idOf),
    events.map((event) => event['id']),
  );

  const { method, path, headers, body } = received[4] as Received;
  assert.deepEqual([method, path, headers['content-type']], ['POST', '/hook', 'application/json']);
  const { data, ...message } = JSON.parse(body);
  assert.deepEqual(message, { type: 'disconnected', timestamp: data.endedAt });
  const { sequence, createdAt, connectedAt, endedAt, ...rest } = data;
  assert.ok(createdAt <= connectedAt && connectedAt <= endedAt);
  assert.ok(sequence > JSON.parse(received[3]?.body ?? '').data.sequence);
  assert.deepEqual(rest, {
    callId: id,
    caller: '+447700900000',
    callee: '+447700900123',
    state: 'disconnected',
    reason: 'hangUp',
    endedBy: 'carrier',
    clientReference: 'order 7',
    metadata: { desk: '3' },
    recordingEnabled: false,
    recordingResult: null,
    duration: 0,
  });
});

test('an event tells of the call as it was then, however late it arrives', async () => {
  const { receiver, open } = await addHooked();
  receiver.answer = () => 503;
  const id = await open();
  await moveCall(app, id, 'connected');
  await moveCall(app, id, 'disconnected');
  await receiver.waitFor(1);
  receiver.answer = () => 200;
  await makeRetriesDue(app);
  const [, ...told] = await receiver.waitFor(4);
  const shown = told.map(({ body }) => {
    const { state, connectedAt, endedAt, reason } = JSON.parse(body).data;
    return [state, connectedAt !== null, endedAt !== null, reason];
  });
  assert.deepEqual(shown, [
    ['initiating', false, false, null],
    ['connected', true, false, null],
    ['disconnected', true, true, 'hangUp'],
  ]);
});

suite('after a failure', () => {
  test('the same event comes again under the same id, and nothing of that call before it', async () => {
    const { receiver, secret, open } = await addHooked();
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

  test('it waits about 5 seconds, then longer, never as long as another, and at most some hours', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = () => 500;
    const ids = await Promise.all([open(), open(), open()]);
    const waits = async () =>
      Promise.all(
        ids.map(async (id) => {
          const rows = `FROM pgboss.job j JOIN deliveries d ON d.job_id = j.id WHERE d.call_id = $1 AND j.state = 'retry'`;
          await eventually(async () => (await app.sql(`SELECT 1 ${rows}`, [id])).length === 1);
          const [row] = await app.sql(
            `SELECT extract(epoch FROM start_after - now())::float AS wait ${rows}`,
            [id],
          );
          return Number(row?.['wait']);
        }),
      );
    const first = await waits();
    for (const wait of first) assert.ok(wait > 2 && wait < 8.1, `${wait} s`);
    assert.equal(new Set(first).size, 3);

    await app.sql(`UPDATE pgboss.job SET retry_count = 30 WHERE state = 'retry'`);
    await makeRetriesDue(app);
    await receiver.waitFor(6);
    for (const wait of await waits()) assert.ok(wait > 3600 && wait <= 4 * 3600, `${wait} s`);
  });

  test('other calls, and other webhooks, go on', async () => {
    const { receiver, clientId, open } = await addHooked();
    const second = await startReceiver();
    await app.deliveries.webhooks.addWebhook(clientId, second.url);
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

  test('it is parked after three days, and the next one of the call goes', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = ({ body }) => (typeOf({ body } as Received) === 'initiating' ? 500 : 200);
    const id = await open();
    await moveCall(app, id, 'callingCaller');
    await receiver.waitFor(1);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.sql(
      `UPDATE deliveries SET created_at = now() - interval '2 days 23 hours' WHERE call_id = $1`,
      [id],
    );
    await makeRetriesDue(app);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 2);
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'queued');

    await app.sql(`UPDATE deliveries SET created_at = now() - interval '3 days' WHERE call_id = $1`, [id]);
    await makeRetriesDue(app);
    await receiver.waitFor(1, (received) => typeOf(received) === 'callingCaller');
    await eventually(async () => (await deliveriesOf(app, id))[1]?.state === 'delivered');
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'parked');
  });
});

test('a webhook that never answers in time leaves places to the others', async () => {
  const stuck = await addHooked();
  stuck.receiver.answer = () => undefined;
  const calls = await Promise.all(Array.from({ length: 40 }, () => stuck.open()));
  await stuck.receiver.waitFor(8);
  const { receiver, open } = await addHooked();
  await open();
  await receiver.waitFor(1);
  assert.equal(stuck.receiver.received.length, 8);
  assert.equal(calls.length, 40);
  await app.deliveries.webhooks.removeWebhook(stuck.webhook.id, null);
});

suite('a new secret', () => {
  test('signs at once, and the old one along with it for a day', async () => {
    const { receiver, webhook, secret, open } = await addHooked();
    const rotated = await app.deliveries.webhooks.rotateSecret(webhook.id, null);
    assert.notEqual(rotated.secret, secret);
    await open();
    const [both] = await receiver.waitFor(1);
    verify(both as Received, secret);
    verify(both as Received, rotated.secret);

    await app.sql(`UPDATE webhooks SET old_secret_until = now() WHERE id = $1`, [webhook.id]);
    await open();
    const [, one] = await receiver.waitFor(2);
    verify(one as Received, rotated.secret);
    assert.throws(() => verify(one as Received, secret));
  });

  test('and the one before are kept sealed', async () => {
    const { webhook, secret } = await addHooked();
    await app.deliveries.webhooks.rotateSecret(webhook.id, null);
    const [row] = await app.sql<{ all: string }>(
      `SELECT encode(secret, 'escape') || encode(old_secret, 'escape') || to_jsonb(w)::text AS all FROM webhooks w WHERE id = $1`,
      [webhook.id],
    );
    assert.ok(!row?.all.includes(secret.slice('whsec_'.length)));
    assert.ok(!row?.all.includes('whsec_'));
  });
});

test('a secret that no key opens is said so in the log, and delivered when the key is back', async () => {
  const { receiver, webhook, open } = await addHooked();
  const [kept] = await app.sql<{ secret: Buffer }>('SELECT secret FROM webhooks WHERE id = $1', [webhook.id]);
  await app.sql(`UPDATE webhooks SET secret = overlay(secret placing '\\x00' from 3 for 1) WHERE id = $1`, [
    webhook.id,
  ]);
  const id = await open();
  await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
  const [delivery] = await deliveriesOf(app, id);
  assert.match(delivery?.attempts[0]?.problem ?? '', /^a sealed secret cannot be opened: .*ENCRYPTION_KEY/);
  await app.sql('UPDATE webhooks SET secret = $2 WHERE id = $1', [webhook.id, kept?.secret]);
  await makeRetriesDue(app);
  await receiver.waitFor(1);
});

suite('nothing more goes to', () => {
  test('a webhook that was removed, also of what was under way', async () => {
    const { receiver, webhook, open } = await addHooked();
    receiver.answer = () => 500;
    const id = await open();
    await receiver.waitFor(1);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.deliveries.webhooks.removeWebhook(webhook.id, null);
    assert.deepEqual(await deliveriesOf(app, id), []);
    await moveCall(app, id, 'callingCaller');
    await makeRetriesDue(app);
    await eventually(
      async () =>
        (await app.sql(`SELECT 1 FROM pgboss.job WHERE state <> 'completed' AND group_id = $1`, [webhook.id]))
          .length === 0,
    );
    assert.equal(receiver.received.length, 1);
  });

  test('the webhooks of a client that was removed', async () => {
    const { clientId, webhook, open } = await addHooked();
    const id = await open();
    await app.clients.removeClient(clientId);
    await moveCall(app, id, 'callingCaller');
    assert.deepEqual(await app.sql('SELECT 1 FROM webhooks WHERE id = $1', [webhook.id]), []);
    assert.deepEqual(await deliveriesOf(app, id), []);
  });

  test('a webhook that is being removed while a call moves; the call moves all the same', async () => {
    const { webhook, open } = await addHooked();
    const id = await open();
    const remover = await app.database.pool.connect();
    await remover.query('BEGIN');
    await remover.query('DELETE FROM webhooks WHERE id = $1', [webhook.id]);
    const moving = moveCall(app, id, 'callingCaller');
    await eventually(
      async () =>
        (
          await app.sql(
            `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%move_call%'`,
          )
        ).length > 0,
    );
    await remover.query('COMMIT');
    remover.release();
    await moving;
    const [call] = await app.sql('SELECT state FROM calls WHERE id = $1', [id]);
    assert.equal(call?.['state'], 'callingCaller');
  });
});

suite('resending', () => {
  const { deliveries } = app.deliveries;

  test('delivers once more what was delivered, under the same id', async () => {
    const { receiver, secret, open } = await addHooked();
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
    const [delivery] = await deliveriesOf(app, id);
    const resent = await deliveries.resend(delivery?.id ?? '', null);
    assert.equal(resent.state, 'pending');
    const received = await receiver.waitFor(2);
    assert.equal(new Set(received.map(idOf)).size, 1);
    for (const one of received) verify(one, secret);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 2);
  });

  test('delivers what was parked, and tries for three days anew', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = () => 500;
    const id = await open();
    await app.sql(`UPDATE deliveries SET created_at = now() - interval '4 days' WHERE call_id = $1`, [id]);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await makeRetriesDue(app);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'parked');
    const [delivery] = await deliveriesOf(app, id);
    const before = receiver.received.length;
    await deliveries.resend(delivery?.id ?? '', null);
    await receiver.waitFor(before + 1);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === before + 1);
    assert.equal((await deliveriesOf(app, id))[0]?.state, 'queued');
  });

  test('brings forward what waits for its next attempt, which then is its only one', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = () => 500;
    const id = await open();
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    receiver.answer = () => 200;
    const [delivery] = await deliveriesOf(app, id);
    await deliveries.resend(delivery?.id ?? '', null);
    await eventually(async () => (await deliveriesOf(app, id))[0]?.state === 'delivered');
    await makeRetriesDue(app);
    await eventually(
      async () =>
        (await app.sql(`SELECT 1 FROM pgboss.job WHERE state = 'retry' AND start_after <= now()`)).length ===
        0,
    );
    assert.equal(receiver.received.length, 2);
  });

  test('of what waits for another one of its call changes nothing', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = () => 500;
    const id = await open();
    await moveCall(app, id, 'callingCaller');
    await eventually(async () => (await deliveriesOf(app, id))[1]?.state === 'behind');
    await deliveries.resend((await deliveriesOf(app, id))[1]?.id ?? '', null);
    assert.equal((await deliveriesOf(app, id))[1]?.state, 'behind');
    receiver.answer = () => 200;
    await makeRetriesDue(app);
    await receiver.waitFor(1, (received) => typeOf(received) === 'callingCaller');
  });
});

suite('what cannot happen by itself is mended:', () => {
  test('a delivery whose job is gone is delivered', async () => {
    const { receiver, open } = await addHooked();
    receiver.answer = () => 500;
    const id = await open();
    await moveCall(app, id, 'callingCaller');
    await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
    await app.sql('DELETE FROM pgboss.job');
    receiver.answer = () => 200;
    await app.deliveries.recover();
    const received = await receiver.waitFor(3);
    assert.deepEqual(received.map(typeOf), ['initiating', 'initiating', 'callingCaller']);
  });
});
