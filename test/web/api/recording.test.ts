import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';

/** Answers at once, and talks until the call is ended. */
const AT_ONCE = '+12025550101';
const app = await startApp({ CARRIER: 'simulator' });
await addUser(app, 'anna', { numbers: ['+447700900000'] });
const token = await modernToken(app, await addModernClient(app), 'anna');

test('the recording of a call is an audio file, which no browser runs as a page', async () => {
  const body = JSON.stringify({ callee: AT_ONCE, recordingEnabled: true });
  const opened = await request(app, 'POST', '/api/v1/calls', { ...bearer(token), ...JSON_BODY }, body);
  assert.equal(opened.status, 201, opened.text);
  const { id } = opened.json<{ id: string }>();
  const path = `/api/v1/calls/${id}/recording`;
  const early = await request(app, 'GET', path, bearer(token));
  assert.deepEqual([early.status, early.json()['code']], [404, 'recording_not_found']);
  await until('the call is connected', async () => {
    const { state } = (await request(app, 'GET', `/api/v1/calls/${id}`, bearer(token))).json();
    return state === 'connected';
  });
  await app.calls.endCall(id, COMMAND_LINE);

  const response = await fetch(app.url + path, { headers: bearer(token) });
  assert.equal(response.status, 200);
  const sound = Buffer.from(await response.arrayBuffer());
  assert.equal(sound.subarray(0, 4).toString() + sound.subarray(8, 12).toString(), 'RIFFWAVE');
  assert.equal(sound.readUInt32LE(4), sound.length - 8);
  const { headers } = response;
  assert.equal(headers.get('content-type'), 'audio/wav');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.ok(Math.abs(Date.parse(headers.get('last-modified') ?? '') - Date.now()) < 60_000);

  const etag = headers.get('etag') ?? '';
  const modified = Math.floor(Number(etag.split('.')[1]?.slice(0, -1)) / 1000) * 1000;
  assert.equal(etag.slice(1, etag.indexOf('.')), id, 'not a hash of the file');
  assert.equal(modified, Date.parse(headers.get('last-modified') ?? ''));
  const again = await request(app, 'GET', path, { ...bearer(token), 'if-none-match': etag });
  assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag]);

  const head = await request(app, 'HEAD', path, bearer(token));
  assert.deepEqual([head.status, head.text], [200, '']);
  for (const name of ['content-type', 'etag', 'last-modified'])
    assert.equal(head.headers.get(name), headers.get(name), name);
  assert.equal(head.headers.get('content-length'), String(sound.length));
});
