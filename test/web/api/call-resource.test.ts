import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../src/core/calls/call.ts';
import { CallResource, callResource } from '../../../src/web/api/call-resource.ts';

const call: Call = {
  ...{ id: 'c1', userName: 'anna', clientId: 'crm', caller: null, callee: '+447700900123', carrier: 'sip' },
  ...{ state: 'connected', reason: null, endedBy: null, ringTimeout: 30, timeLimit: 60, metadata: {} },
  ...{ causeLeg: null, sipStatus: null, q850Cause: null, causeText: null },
  ...{ clientReference: null, recordingEnabled: false, recordingResult: null, sink: 'https://sink.example' },
  ...{ deadlineAt: new Date(), createdAt: new Date(), callerAnsweredAt: null, connectedAt: null },
  ...{ endedAt: null, strippedAt: null },
};

test('a call has the documented properties, and no other that a Call has or gets', () => {
  const later = { ...call, note: 'a property that Call gets later' };
  assert.deepEqual(new Set(Object.keys(callResource(later))), new Set(Object.keys(CallResource.properties)));
});
