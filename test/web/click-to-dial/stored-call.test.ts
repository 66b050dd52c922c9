import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateCallRequest } from '../../../src/web/click-to-dial/call-schemas.ts';
import { startApp } from '../../harness/app.ts';
import { freePort } from '../../harness/free-port.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, CALLER, callTo, openCall, SINK, tokenFor } from './call.ts';

/** Calls that are recorded and cost money, by an Asterisk that cannot be reached: they are opened all the same. */
const app = await startApp({
  ...{ CARRIER: 'ari', ARI_URL: `http://127.0.0.1:${await freePort()}/ari` },
  ...{ ARI_USERNAME: 'clicktocall', ARI_PASSWORD: 'secret', ARI_CALLEE_ENDPOINT: 'PJSIP/{number}@trunk' },
});
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna');
const token = await tokenFor(app, client, anna);

/** What the carrier and the end of the call set. */
const SET_LATER = [
  ...['state', 'reason', 'ended_by', 'deadline_at', 'caller_answered_at', 'connected_at', 'ended_at'],
  ...['recording_failed_at', 'recording_result', 'stripped_at'],
];

test('opening a call stores every property of the request, and every column that the server decides', async () => {
  const body = callTo('+441632900001', {
    ...SINK,
    recordingEnabled: true,
    clickToCall: { timeLimit: 61, ringTimeout: 7, clientReference: 'R 1', metadata: { order: '5' } },
  });
  assert.deepEqual(
    propertiesOf(body),
    propertiesOfSchema(CreateCallRequest),
    'a property is not in the body',
  );

  const { callId } = await openCall(app, token, body);
  const [stored] = await app.sql('SELECT * FROM calls WHERE id = $1', [callId]);
  const { user_id, node_id, created_at, sink_token, ...row } = stored ?? {};
  for (const [name, value] of Object.entries({ user_id, node_id, created_at, sink_token }))
    assert.ok(value !== null && value !== undefined, name);
  for (const name of SET_LATER) delete row[name];
  assert.deepEqual(row, {
    ...{ id: callId, client_id: client.client.id, caller: CALLER, callee: '+441632900001' },
    ...{ carrier: 'ari', costs: true, ring_timeout: 7, time_limit: 61 },
    ...{ client_reference: 'R 1', metadata: { order: '5' }, recording_enabled: true },
    ...{ sink: SINK.sink, sink_token_expires_at: new Date(SINK.sinkCredential.accessTokenExpiresUtc) },
  });
});

/** The paths of all properties, such as `caller.number`. What has names of the client's own, as metadata, counts as one. */
function propertiesOf(body: object, free = ['clickToCall.metadata'], prefix = ''): string[] {
  return Object.entries(body)
    .flatMap(([name, value]) => {
      const path = `${prefix}${name}`;
      const nested = typeof value === 'object' && value !== null && !free.includes(path);
      return nested ? propertiesOf(value, free, `${path}.`) : [path];
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
