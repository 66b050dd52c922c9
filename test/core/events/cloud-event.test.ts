import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CallEvent } from '../../../src/core/events/call-event.ts';
import { cloudEvent } from '../../../src/core/events/cloud-event.ts';

const at = new Date('2026-01-31T08:30:00.500Z');
const connectedAt = new Date('2026-01-31T08:29:00Z');

const event: CallEvent = {
  id: '5b0e9f2e-0000-4000-8000-000000000001',
  sequence: '7',
  state: 'callingCaller',
  reason: null,
  endedBy: null,
  at,
  callId: '6c1f8a1f0a5f4c1d9e2b7a3c5d4e6f70',
  clientId: 'shop',
  caller: '+447700900100',
  callee: '+12025550131',
  clientReference: 'order 12',
  metadata: { shop: 'Bath' },
  recordingEnabled: false,
  recordingResult: null,
  createdAt: connectedAt,
  callerAnsweredAt: null,
  connectedAt: null,
};

test('an event is a CloudEvent of CAMARA’s type', () => {
  assert.deepEqual(
    JSON.parse(JSON.stringify(cloudEvent(event, 'https://calls.example/click-to-dial/v0.2'))),
    {
      id: event.id,
      source: 'https://calls.example/click-to-dial/v0.2',
      specversion: '1.0',
      type: 'org.camaraproject.click-to-dial.v0.status-changed',
      time: '2026-01-31T08:30:00.500Z',
      datacontenttype: 'application/json',
      data: {
        callId: event.callId,
        caller: '+447700900100',
        callee: '+12025550131',
        status: { state: 'callingCaller' },
        timestamp: '2026-01-31T08:30:00.500Z',
      },
    },
  );
});

suite('the properties of an ending', () => {
  const over = { ...event, recordingEnabled: true, recordingResult: 'success', connectedAt } as const;

  test('disconnected has the reason, the duration in seconds as a string, and the recording', () => {
    const { data } = cloudEvent({ ...over, state: 'disconnected', reason: 'hangUp', endedBy: 'carrier' }, '');
    assert.deepEqual(data.status, { state: 'disconnected', reason: 'hangUp' });
    assert.equal(data.callDuration, '60');
    assert.equal(data.recordingResult, 'success');
  });

  test('disconnected before the connection has duration 0', () => {
    const { data } = cloudEvent({ ...event, state: 'disconnected', reason: 'calleeBusy' }, '');
    assert.equal(data.callDuration, '0');
  });

  for (const [reason, camara] of [
    ['networkFailure', 'other'],
    ['noCommonMedia', 'other'],
    ['callerAbandon', 'callerAbandon'],
  ] as const) {
    test(`disconnected because of ${reason} has CAMARA’s reason ${camara}`, () => {
      const { data } = cloudEvent({ ...over, state: 'disconnected', reason }, '');
      assert.equal(data.status.reason, camara);
    });
  }

  test('failed has neither', () => {
    const failed = { ...over, connectedAt: null, recordingResult: 'noRecord' } as const;
    const { data } = cloudEvent({ ...failed, state: 'failed', reason: 'calleeNoAnswer' }, '');
    assert.deepEqual(data.status, { state: 'failed' });
    assert.equal(data.callDuration, undefined);
    assert.equal(data.recordingResult, 'noRecord');
  });

  test('earlier events of an ended call do not have the recording', () => {
    const { data } = cloudEvent({ ...over, state: 'connected' }, '');
    assert.equal(data.recordingResult, undefined);
    assert.equal(data.callDuration, undefined);
  });
});

test('a call without a caller has an empty caller', () => {
  assert.equal(cloudEvent({ ...event, caller: null }, '').data.caller, '');
});
