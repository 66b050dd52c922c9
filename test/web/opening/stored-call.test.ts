import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NewCall } from '../../../src/web/api/call-schemas.ts';
import { CreateCallRequest } from '../../../src/web/click-to-dial/call-schemas.ts';
import { startApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { addModernClient } from '../../harness/people.ts';
import * as api from '../api/call.ts';
import { addCaller, CALLER, tokenFor } from '../callers.ts';
import * as camara from '../click-to-dial/call.ts';

/** Calls that are recorded and cost money, by an Asterisk that cannot be reached: they are opened all the same. */
const app = await startApp({
  ...{ CARRIER: 'ari', ARI_URL: `http://127.0.0.1:${await freePort()}/ari` },
  ...{ ARI_USERNAME: 'clicktocall', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' },
  ...{ RING_TIMEOUT: '60', CALL_TIME_LIMIT: '3600' },
});
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { numbers: ['+447700900999', CALLER] });
const token = await tokenFor(app, client, anna);

/** What the carrier and the end of the call set. */
const SET_LATER = [
  ...['state', 'reason', 'ended_by', 'deadline_at', 'caller_answered_at', 'connected_at', 'ended_at'],
  ...['cause_leg', 'sip_status', 'q850_cause', 'cause_text'],
  ...['recording_failed_at', 'recording_result', 'stripped_at', 'uncarried_since'],
];

/** A row without what is different in each call, and without its sink. */
async function storedCall(id: string) {
  const [stored] = await app.sql('SELECT * FROM calls WHERE id = $1', [id]);
  const { user_id, node_id, created_at, ...columns } = stored ?? {};
  for (const [name, value] of Object.entries({ user_id, node_id, created_at }))
    assert.ok(value !== null && value !== undefined, name);
  const further = Object.entries(columns).filter(([name]) => !SET_LATER.includes(name));
  const [sink, row] = [true, false].map((ofSink) =>
    Object.fromEntries(further.filter(([name]) => name.startsWith('sink') === ofSink)),
  );
  return { row, sink };
}

test('the API stores every property of the request, and every column that the server decides', async () => {
  const options = { ringTimeout: 7, timeLimit: 61, recordingEnabled: true };
  const body = {
    ...{ caller: CALLER, callee: '+441632900001', ...options },
    ...{ clientReference: 'R 1', metadata: { order: '5' } },
  };
  assert.deepEqual(propertiesOf(body), propertiesOfSchema(NewCall), 'a property is not in the body');
  const { id } = await api.openCall(app, token, body);
  const { row, sink } = await storedCall(id);
  assert.deepEqual(row, {
    ...{ id, client_id: client.client.id, caller: CALLER, callee: '+441632900001' },
    ...{ carrier: 'ari', costs: true, ring_timeout: 7, time_limit: 61 },
    ...{ client_reference: 'R 1', metadata: { order: '5' }, recording_enabled: true },
  });
  assert.deepEqual([...new Set(Object.values(sink ?? {}))], [null]);
});

test('CAMARA’s API stores every property of the request, and the defaults of the server', async () => {
  const { SINK } = camara;
  const body = camara.callTo('+441632900002', { ...SINK, recordingEnabled: true });
  assert.deepEqual(
    propertiesOf(body),
    propertiesOfSchema(CreateCallRequest),
    'a property is not in the body',
  );
  const { callId } = await camara.openCall(app, token, body);
  const { row, sink } = await storedCall(callId);
  assert.deepEqual(row, {
    ...{ id: callId, client_id: client.client.id, caller: CALLER, callee: '+441632900002' },
    ...{ carrier: 'ari', costs: true, ring_timeout: 60, time_limit: 3600 },
    ...{ client_reference: null, metadata: {}, recording_enabled: true },
  });
  for (const [name, value] of Object.entries(sink ?? {})) assert.notEqual(value, null, name);
  const { accessTokenExpiresUtc } = SINK.sinkCredential;
  assert.deepEqual(
    [sink?.['sink'], sink?.['sink_token_expires_at']],
    [SINK.sink, new Date(accessTokenExpiresUtc)],
  );
});

/** The paths of all properties, such as `caller.number`. Metadata, whose names are the client's own, counts as one. */
function propertiesOf(body: object, prefix = ''): string[] {
  return Object.entries(body)
    .flatMap(([name, value]) => {
      const path = `${prefix}${name}`;
      const nested = typeof value === 'object' && value !== null && path !== 'metadata';
      return nested ? propertiesOf(value, `${path}.`) : [path];
    })
    .toSorted();
}

function propertiesOfSchema({ properties }: { properties: object }, prefix = ''): string[] {
  return Object.entries(properties)
    .flatMap(([name, schema]) =>
      'properties' in schema ? propertiesOfSchema(schema, `${prefix}${name}.`) : [`${prefix}${name}`],
    )
    .toSorted();
}
