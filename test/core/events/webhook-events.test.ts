import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { deliveriesOf, moveCall, WHOLE_LIFE } from './events.ts';
import { addHooked, typeOf } from './hooked.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const { webhooks } = app.events;

suite('a webhook', () => {
  test('gets the chosen events, in order, and no others are queued', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    const events = ['disconnected', 'callingCaller'];
    const changed = await webhooks.setEvents(webhook.id, null, events, COMMAND_LINE);
    assert.deepEqual(changed.events, ['callingCaller', 'disconnected']);
    const id = await open();
    for (const state of WHOLE_LIFE) await moveCall(app, id, state);
    assert.equal((await deliveriesOf(app, id)).length, 2);
    assert.deepEqual((await receiver.waitFor(2)).map(typeOf), ['callingCaller', 'disconnected']);
  });

  test('gets all events by default, and again when the choice is withdrawn', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    assert.equal(webhook.events, null);
    await webhooks.setEvents(webhook.id, null, ['failed'], COMMAND_LINE);
    const id = await open();
    assert.equal((await webhooks.setEvents(webhook.id, null, null, COMMAND_LINE)).events, null);
    for (const state of WHOLE_LIFE) await moveCall(app, id, state);
    assert.deepEqual((await receiver.waitFor(4)).map(typeOf), [...WHOLE_LIFE]);
  });

  test('still gets what was queued before the choice', async () => {
    const { receiver, webhook, open } = await addHooked(app);
    receiver.answer = () => 500;
    const id = await open();
    await receiver.waitFor(1);
    await webhooks.setEvents(webhook.id, null, ['failed'], COMMAND_LINE);
    assert.equal((await deliveriesOf(app, id)).length, 1);
    assert.notEqual((await deliveriesOf(app, id))[0]?.state, 'stopped');
  });
});
