import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, makeRetriesDue, moveCall, WHOLE_LIFE } from './events.ts';
import { addHooked, idOf, typeOf, verify } from './hooked.ts';
import { eventually, type Received } from './receiver.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');

test('every transition of a call is delivered, in order, signed, with the id of the event', async () => {
  const { receiver, clientId, secret, open } = await addHooked(app);
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
  const { sequence, createdAt, callerAnsweredAt, connectedAt, endedAt, ...rest } = data;
  assert.ok(createdAt <= callerAnsweredAt && callerAnsweredAt <= connectedAt && connectedAt <= endedAt);
  assert.ok(sequence > JSON.parse(received[3]?.body ?? '').data.sequence);
  assert.deepEqual(rest, {
    callId: id,
    client: clientId,
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

test('a late event describes the call at the time of the event', async () => {
  const { receiver, open } = await addHooked(app);
  receiver.answer = () => 503;
  const id = await open();
  for (const state of ['callingCallee', 'connected', 'disconnected'] as const) await moveCall(app, id, state);
  await receiver.waitFor(1);
  receiver.answer = () => 200;
  await makeRetriesDue(app);
  const [, ...told] = await receiver.waitFor(5);
  const shown = told.map(({ body }) => {
    const { state, reason, ...times } = JSON.parse(body).data;
    const known = ['callerAnsweredAt', 'connectedAt', 'endedAt'].filter((name) => times[name] !== null);
    return [state, reason, ...known];
  });
  assert.deepEqual(shown, [
    ['initiating', null],
    ['callingCallee', null, 'callerAnsweredAt'],
    ['connected', null, 'callerAnsweredAt', 'connectedAt'],
    ['disconnected', 'hangUp', 'callerAnsweredAt', 'connectedAt', 'endedAt'],
  ]);
});

suite('a new secret', () => {
  test('signs at once; the old secret also signs for a day', async () => {
    const { receiver, webhook, secret, open } = await addHooked(app);
    const rotated = await app.events.webhooks.rotateSecret(webhook.id, null, COMMAND_LINE);
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

  test('and the old one are stored encrypted', async () => {
    const { webhook, secret } = await addHooked(app);
    await app.events.webhooks.rotateSecret(webhook.id, null, COMMAND_LINE);
    const [row] = await app.sql<{ all: string }>(
      `SELECT encode(secret, 'escape') || encode(old_secret, 'escape') || to_jsonb(w)::text AS all FROM webhooks w WHERE id = $1`,
      [webhook.id],
    );
    assert.ok(!row?.all.includes(secret.slice('whsec_'.length)));
    assert.ok(!row?.all.includes('whsec_'));
  });
});

test('a secret that cannot be decrypted is logged; deliveries resume when the key is back', async () => {
  const { receiver, webhook, open } = await addHooked(app);
  const [kept] = await app.sql<{ secret: Buffer }>('SELECT secret FROM webhooks WHERE id = $1', [webhook.id]);
  await app.sql(`UPDATE webhooks SET secret = overlay(secret placing '\\x00' from 3 for 1) WHERE id = $1`, [
    webhook.id,
  ]);
  const id = await open();
  await eventually(async () => (await deliveriesOf(app, id))[0]?.attempts.length === 1);
  const [delivery] = await deliveriesOf(app, id);
  assert.match(delivery?.attempts[0]?.problem ?? '', /^cannot decrypt a secret: .*ENCRYPTION_KEY/);
  await app.sql('UPDATE webhooks SET secret = $2 WHERE id = $1', [webhook.id, kept?.secret]);
  await makeRetriesDue(app);
  await receiver.waitFor(1);
});
