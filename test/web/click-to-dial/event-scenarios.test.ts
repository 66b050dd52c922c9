import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Received, startSecureReceiver } from '../../core/events/receiver.ts';
import { startApp } from '../../harness/app.ts';
import { hurriedClock } from '../../harness/hurried-clock.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, callTo, openCall, type ShownCall, SINK, tokenFor } from './call.ts';
import { assertIs } from './camara-schemas.ts';

/** The two scenarios about events that CAMARA publishes with createCall; both have the same tag. */

const app = await startApp({ CARRIER: 'simulator', SINK_ALLOW_HOSTS: '127.0.0.1' }, hurriedClock(20));
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

interface StatusChanged {
  readonly id: string;
  readonly type: string;
  readonly data: {
    readonly callId: string;
    readonly caller: string;
    readonly callee: string;
    readonly status: { readonly state: string; readonly reason?: string };
    readonly recordingResult?: string;
    readonly callDuration?: string;
    readonly timestamp: string;
  };
}

/** Opens a call, and waits for so many events of it. */
async function eventsOf(callee: string, count: number): Promise<{ call: ShownCall; received: Received[] }> {
  const receiver = await startSecureReceiver();
  const { sinkCredential } = SINK;
  const sink = `${receiver.url}/events`;
  const call = await openCall(app, token, callTo(callee, { sink, sinkCredential, recordingEnabled: true }));
  return { call, received: await receiver.waitFor(count) };
}

const read = ({ body }: Received) => JSON.parse(body) as StatusChanged;

test('createcall_event_notification: the sink gets the defined events, with its token', async () => {
  const { received } = await eventsOf('+12025550131', 5);
  for (const one of received) {
    assert.deepEqual([one.method, one.path], ['POST', '/events']);
    assert.equal(one.headers['authorization'], `Bearer ${SINK.sinkCredential.accessToken}`);
    assert.equal(one.headers['content-type'], 'application/cloudevents+json');
    assertIs('CallStatusChangedEvent', read(one));
  }
});

for (const [how, callee, states, reason, recordingResult] of [
  [
    'that is talked, and hung up',
    '+12025550132',
    ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
    ...['hangUp', 'success'],
  ],
  [
    'whose callee is busy',
    '+12025550104',
    ['initiating', 'callingCaller', 'callingCallee', 'disconnected'],
    ...['calleeBusy', 'noRecord'],
  ],
  [
    'whose callee declines',
    '+12025550105',
    ['initiating', 'callingCaller', 'callingCallee', 'failed'],
    ...[undefined, 'noRecord'],
  ],
  [
    'whose line breaks',
    '+12025550107',
    ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
    ...['other', 'success'],
  ],
  [
    'whose callee cannot be reached',
    '+12025550106',
    ['initiating', 'callingCaller', 'callingCallee', 'failed'],
    ...[undefined, 'noRecord'],
  ],
] as const) {
  test(`createcall_event_notification: the fields of an event follow its state, of a call ${how}`, async () => {
    const { call, received } = await eventsOf(callee, states.length);
    const events = received.map(read);
    assert.equal(new Set(events.map(({ id }) => id)).size, states.length);
    assert.deepEqual(
      events.map(({ data }) => data.status.state),
      states,
    );
    const rows = await app.sql<{ at: Date }>('SELECT at FROM call_events WHERE call_id = $1 ORDER BY seq', [
      call.callId,
    ]);
    for (const [index, { type, data }] of events.entries()) {
      const { callId, caller, callee, status, timestamp, callDuration } = data;
      assert.equal(type, 'org.camaraproject.click-to-dial.v0.status-changed');
      assert.deepEqual([callId, caller, callee], [call.callId, call.caller.number, call.callee.number]);
      assert.equal(timestamp, rows[index]?.at.toISOString());
      const last = index === states.length - 1;
      assert.equal('reason' in status, status.state === 'disconnected');
      assert.equal(status.reason, last ? reason : undefined);
      assert.equal('callDuration' in data, status.state === 'disconnected');
      if (callDuration !== undefined) assert.match(callDuration, /^\d+$/);
      assert.equal(data.recordingResult, last ? recordingResult : undefined);
    }
  });
}
