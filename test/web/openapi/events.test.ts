import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moveCall, openCallOf, WHOLE_LIFE } from '../../core/events/events.ts';
import { addHooked } from '../../core/events/hooked.ts';
import { startApp } from '../../harness/app.ts';
import { addUser } from '../../harness/people.ts';
import { createConformance } from './conformance.ts';
import { readDefinition } from './definition.ts';

const app = await startApp({ SINK_ALLOW_HOSTS: '127.0.0.1' });
await addUser(app, 'anna');
const definition = await readDefinition(app);
const { assertFits } = createConformance(definition);

const MESSAGE = ['webhooks', 'callChanged', 'post'];
const EVENT = [
  ...['paths', '/click-to-dial/v0.2/calls', 'post', 'callbacks', 'callStatusChanged'],
  ...['{$request.body#/sink}', 'post'],
];
const bodyOf = (request: readonly string[], type: string) => [
  ...[...request, 'requestBody', 'content', type, 'schema'],
];

test('webhooks and sinks get what the definition says, through the whole life of a call', async () => {
  const { receiver, clientId } = await addHooked(app);
  const sink = `${receiver.url}/sink`;
  const recorded = { recording_enabled: true, metadata: { desk: '3' }, client_reference: 'order 7' };
  for (const further of [recorded, {}]) {
    const id = await openCallOf(app, { userName: 'anna', clientId, sink, ...further });
    for (const state of WHOLE_LIFE) await moveCall(app, id, state);
  }
  for (const given of [{ sink }, { caller: null }]) {
    const id = await openCallOf(app, { userName: 'anna', clientId, ...given });
    await moveCall(app, id, 'failed', 'calleeNoAnswer');
  }

  const received = await receiver.waitFor(26);
  for (const { path, body, headers } of received) {
    const [request, type] =
      path === '/sink' ? [EVENT, 'application/cloudevents+json'] : [MESSAGE, 'application/json'];
    assert.equal(headers['content-type'], type);
    assertFits(JSON.parse(body), bodyOf(request, type));
  }
});
