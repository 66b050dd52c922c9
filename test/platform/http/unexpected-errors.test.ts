import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import accepts from '@fastify/accepts';
import { pino } from 'pino';
import { DatabaseTimedOut } from '../../../src/platform/database/database-errors.ts';
import { NotFound } from '../../../src/platform/http/errors/request-errors.ts';
import { createHttpServer } from '../../../src/platform/http/http-server.ts';
import { afterFile } from '../../harness/clean-up.ts';
import { closeServer } from '../../harness/close-server.ts';
import { pageContextOf } from '../../harness/page-context.ts';

const logged: string[] = [];
const log = pino(
  { serializers: { err: pino.stdSerializers.errWithCause } },
  { write: (line: string) => logged.push(line) },
);
const http = createHttpServer(false, log, {}, pageContextOf);
await http.register(accepts);
for (const errorStyle of ['own', 'classic', 'camara', 'oauth'] as const) {
  http.get(`/${errorStyle}/bug`, { config: { errorStyle } }, async () => {
    throw new TypeError('secret of the implementation');
  });
  http.get(`/${errorStyle}/outage`, { config: { errorStyle } }, async () => {
    throw new DatabaseTimedOut(new Error('secret of the driver'));
  });
}
http.get(
  '/broken-error-page',
  {
    config: {
      errorPage: async () => {
        throw new TypeError('secret of the page');
      },
    },
  },
  async () => {
    throw new NotFound();
  },
);
const url = await http.listen({ port: 0, host: '127.0.0.1' });
afterFile(() => closeServer(http));

async function get(path: string, accept = 'application/json') {
  logged.length = 0;
  const answer = await fetch(url + path, { headers: { accept } });
  const lines = logged.map((line) => JSON.parse(line));
  return {
    ...{ status: answer.status, headers: answer.headers, text: await answer.text() },
    failure: lines.find(({ msg }) => msg === 'http: request failed'),
  };
}

suite('a programming error is 500, and only the log has the details', () => {
  for (const [path, property, code] of [
    ['/own/bug', 'error', 'internal_error'],
    ['/classic/bug', 'error', 'internal_error'],
    ['/camara/bug', 'code', 'INTERNAL'],
    ['/oauth/bug', 'error', 'server_error'],
  ] as const)
    test(path, async () => {
      const { status, text, headers, failure } = await get(path);
      assert.equal(status, 500);
      assert.equal(JSON.parse(text)[property], code);
      assert.doesNotMatch(text, /secret/);
      assert.equal(headers.get('retry-after'), null);
      assert.equal(failure.code, 'internal_error');
      assert.equal(failure.err.type, 'TypeError');
      assert.match(failure.err.stack, /secret of the implementation\n +at .*unexpected-errors\.test\.ts/);
    });

  test('also on a page', async () => {
    const { status, text } = await get('/own/bug', 'text/html');
    assert.equal(status, 500);
    assert.match(text, /<h1>Something went wrong on our side<\/h1>/);
    assert.doesNotMatch(text, /secret/);
  });
});

test('a page for an error that has an error itself gives way to the general page, and only the log has the details', async () => {
  const { status, headers, text } = await get('/broken-error-page', 'text/html');
  assert.equal(status, 404);
  assert.match(headers.get('content-type') ?? '', /^text\/html/);
  assert.match(text, /<h1>Page not found<\/h1>/);
  assert.doesNotMatch(text, /secret/);
  const line = logged.find((each) => each.includes('failed to render an error page'));
  assert.match(JSON.parse(line ?? '{}').err.stack, /secret of the page\n +at .*unexpected-errors\.test\.ts/);
});

suite('an outage of the database is 503 with Retry-After, and is not logged as a bug', () => {
  for (const [path, property, code] of [
    ['/own/outage', 'error', 'database_timed_out'],
    ['/classic/outage', 'error', 'database_timed_out'],
    ['/camara/outage', 'code', 'UNAVAILABLE'],
    ['/oauth/outage', 'error', 'temporarily_unavailable'],
  ] as const)
    test(path, async () => {
      const { status, text, headers, failure } = await get(path);
      assert.equal(status, 503);
      assert.equal(JSON.parse(text)[property], code);
      assert.doesNotMatch(text, /secret/);
      assert.equal(headers.get('retry-after'), '5');
      assert.equal(failure.code, 'database_timed_out');
      assert.match(failure.err.message, /secret of the driver/);
    });
});
