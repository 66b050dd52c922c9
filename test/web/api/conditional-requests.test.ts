import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { moveCall, openCallOf } from '../../core/events/events.ts';
import { requestStream } from '../../core/events/stream-reader.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';

const ORIGIN = 'https://app.example';
const app = await startApp();
await addUser(app, 'anna');
const client = await addModernClient(app, { origins: [ORIGIN] });
const clientId = client.client.id;
const token = await modernToken(app, client, 'anna');
const id = await openCallOf(app, { userName: 'anna', clientId });
const CALL = `/api/v1/calls/${id}`;

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  request(app, method, path, { ...bearer(token), ...headers });

async function etagOf(path: string): Promise<string> {
  const { status, headers } = await get(path);
  assert.equal(status, 200);
  return headers.get('etag') ?? '';
}

suite('an unchanged response has the same ETag, and 304 without a body for If-None-Match', () => {
  for (const path of [CALL, `${CALL}/events`, '/api/v1/calls', '/api/v1/me/limits', '/api/v1/me/numbers']) {
    test(path, async () => {
      const etag = await etagOf(path);
      assert.match(etag, /^"[\w-]+"$/);
      assert.equal(await etagOf(path), etag);
      const answer = await get(path, { 'if-none-match': etag });
      assert.deepEqual([answer.status, answer.text], [304, '']);
      assert.equal(answer.headers.get('etag'), etag);
      assert.equal(answer.headers.get('content-type'), null);
    });
  }
});

test('304 for one of several ETags, a weak one, and *; 200 for others', async () => {
  const etag = await etagOf(CALL);
  for (const known of [`"other", ${etag}`, `W/${etag}`, '*'])
    assert.equal((await get(CALL, { 'if-none-match': known })).status, 304, known);
  for (const known of ['"other"', etag.slice(1, -1), ''])
    assert.equal((await get(CALL, { 'if-none-match': known })).status, 200, known);
});

test('304 whatever Cache-Control a client library adds', async () => {
  const known = { 'if-none-match': await etagOf(CALL) };
  for (const directive of ['no-cache', 'max-age=0'])
    assert.equal((await get(CALL, { ...known, 'cache-control': directive })).status, 304, directive);
});

test('HEAD has the ETag of GET, and gets 304 as well', async () => {
  const etag = await etagOf(CALL);
  const head = await get(CALL, {}, 'HEAD');
  assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', etag]);
  assert.equal((await get(CALL, { 'if-none-match': etag }, 'HEAD')).status, 304);
});

test('time alone does not change an ongoing call; a change of its state does', async () => {
  const other = await openCallOf(app, { userName: 'anna', clientId });
  const path = `/api/v1/calls/${other}`;
  await moveCall(app, other, 'connected');
  const etag = await etagOf(path);
  const nextSecond = Date.now() + 1000; // a duration in whole seconds would have changed by then
  await until('a second has passed', async () => Date.now() >= nextSecond);
  assert.equal((await get(path, { 'if-none-match': etag })).status, 304);
  assert.equal((await get(path)).json()['duration'], null);
  await moveCall(app, other, 'disconnected');
  const changed = await get(path, { 'if-none-match': etag });
  assert.deepEqual([changed.status, changed.json()['state']], [200, 'disconnected']);
  assert.notEqual(changed.headers.get('etag'), etag);
});

test('a 304 has the headers that its 200 has: CORS, correlation, limits', async () => {
  const path = '/api/v1/me/limits';
  const headers = { origin: ORIGIN, 'x-correlator': 'poll-7', 'if-none-match': '*' };
  const answer = await get(path, headers);
  assert.equal(answer.status, 304);
  assert.equal(answer.headers.get('access-control-allow-origin'), ORIGIN);
  assert.match(answer.headers.get('access-control-expose-headers') ?? '', /\betag\b/i);
  assert.equal(answer.headers.get('x-correlator'), 'poll-7');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const ok = await get(path);
  for (const name of ['ratelimit', 'ratelimit-policy'])
    assert.equal(answer.headers.get(name), ok.headers.get(name), name);
});

test('a preflight allows If-None-Match', async () => {
  const answer = await request(app, 'OPTIONS', CALL, {
    origin: ORIGIN,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization,if-none-match',
  });
  assert.match(answer.headers.get('access-control-allow-headers') ?? '', /\bif-none-match\b/i);
});

test('neither errors nor changes nor the stream have an ETag', async () => {
  const any = { 'if-none-match': '*' };
  const missing = await get('/api/v1/calls/unknown', any);
  assert.deepEqual([missing.status, missing.headers.get('etag')], [404, null]);
  const refused = await request(app, 'GET', CALL, any);
  assert.deepEqual([refused.status, refused.headers.get('etag')], [401, null]);
  const ended = await get(CALL, any, 'DELETE');
  assert.deepEqual([ended.status, ended.headers.get('etag')], [204, null]);
  const { response } = await requestStream(app, { ...bearer(token), ...any });
  assert.deepEqual([response.status, response.headers.get('etag')], [200, null]);
});
