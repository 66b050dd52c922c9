import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../../core/events/receiver.ts';
import { EVENTS_PATH, openStream, requestStream } from '../../core/events/stream-reader.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
import { request } from '../../platform/http/request.ts';

const app = await startApp();
const shop = await addClassicClient(app, 'Shop');
await addUser(app, 'anna');
await addUser(app, 'bea');
const token = await classicToken(app, shop, 'anna');

async function assertRefused(
  headers: Record<string, string>,
  status: number,
  code: string,
  path = EVENTS_PATH,
): Promise<void> {
  const answer = await request(app, 'GET', path, headers);
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json()['status'], status);
  assert.equal(answer.json()['code'], code);
}

suite('a stream is sent if Accept is', () => {
  for (const accept of ['text/event-stream', 'text/*', '*/*', 'application/json, text/event-stream;q=0.1']) {
    test(accept, async () => {
      assert.equal((await requestStream(app, { ...bearer(token), accept })).response.status, 200);
    });
  }

  for (const accept of ['application/json', 'text/html', 'text/event-stream;q=0', 'text/event-streams']) {
    test(`a stream is not sent if Accept is ${accept}`, () =>
      assertRefused({ ...bearer(token), accept }, 406, 'not_acceptable'));
  }
});

suite('400 for an invalid Last-Event-ID', () => {
  for (const id of ['', 'abc', '-1', '1.5', '0x10', '1 2', '９', '9'.repeat(19), '9'.repeat(5000)]) {
    test(id.slice(0, 30) || 'empty', () =>
      assertRefused(
        { ...bearer(token), 'last-event-id': Buffer.from(id).toString('latin1') },
        400,
        'invalid_input',
      ),
    );
  }
});

test('400 for an unknown parameter', () =>
  assertRefused(bearer(token), 400, 'invalid_input', `${EVENTS_PATH}?last_event_id=3`));

suite('401, before any other error,', () => {
  const wrong = { accept: 'application/json', 'last-event-id': 'abc' };
  test('without a token', () => assertRefused(wrong, 401, 'token_missing'));
  for (const [what, headers] of [
    ['a wrong Accept', { accept: 'application/json' }],
    ['a wrong Last-Event-ID', { 'last-event-id': 'abc' }],
    ['both', wrong],
  ] as const)
    test(`with an unknown token and ${what}`, () =>
      assertRefused({ ...headers, ...bearer('unknown') }, 401, 'token_invalid'));
});

test('HEAD is refused, because nothing would end its stream', async () => {
  const before = app.streams.size;
  const answer = await request(app, 'HEAD', EVENTS_PATH, bearer(token));
  assert.equal(answer.status, 405);
  assert.equal(app.streams.size, before);
});

test('429 for the 21st stream of an application for one user, until a stream ends', async () => {
  const bea = await classicToken(app, shop, 'bea');
  const before = app.streams.size;
  const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(app, bea)));
  const again = await classicToken(app, shop, 'bea');
  for (const one of [bea, again]) await assertRefused(bearer(one), 429, 'stream_limit_reached');
  const other = await addClassicClient(app, 'Other');
  await openStream(app, await classicToken(app, other, 'bea'));
  await openStream(app, token);
  streams[0]?.close();
  await eventually(() => app.streams.size === before + 21);
  await openStream(app, bea);
});

test('of simultaneous requests for streams, only 20 succeed', async () => {
  await addUser(app, 'cleo');
  const cleo = await classicToken(app, shop, 'cleo');
  const asked = await Promise.all(Array.from({ length: 40 }, () => requestStream(app, bearer(cleo))));
  const statuses = asked.map(({ response }) => response.status);
  assert.equal(statuses.filter((status) => status === 200).length, 20);
  assert.equal(statuses.filter((status) => status === 429).length, 20);
});
