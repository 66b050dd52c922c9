import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { XMLParser } from 'fast-xml-parser';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  bearer,
  classicToken,
  modernToken,
} from '../../harness/people.ts';
import { NUMBER } from '../../web/classic/call.ts';
import { FORM, JSON_BODY, request } from './request.ts';

const app = await startApp();
await addUser(app, 'anna');
const token = await classicToken(app, await addClassicClient(app), 'anna');

await addUser(app, 'root', { administrator: true });
const ofAdministrator = await modernToken(app, await addModernClient(app), 'root', 'admin');

/** Asserts an error of this server: a code, a message, and no text of Fastify. */
function assertError(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json; charset=utf-8/);
  const body = answer.json();
  assert.equal(body['error'], error);
  assert.equal(typeof body['message'], 'string');
  assert.ok(!('statusCode' in body) && !('code' in body), answer.text);
  assert.doesNotMatch(answer.text, /FST_|node_modules|\bat .*\.ts:/);
}

suite('404 for an unknown address', () => {
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['POST', '/rest/calls'],
    ['GET', '/admin'],
    ['GET', '/assets/../package.json'],
    ['GET', '/assets/missing.css'],
    ['GET', '/Test'],
    ['GET', '/test/'],
  ] as const) {
    test(`${method} ${path}`, async () =>
      assertError(await request(app, method, path, bearer(token)), 404, 'not_found'));
  }

  test('also with a body that cannot be parsed', async () => {
    for (const body of [undefined, '', '{', 'x'.repeat(70_000)]) {
      for (const path of ['/nothing', '/api/v1/nothing', '/click-to-dial/v0.2/nothing'])
        assert.equal((await request(app, 'POST', path, JSON_BODY, body)).status, 404, body?.slice(0, 9));
      assert.equal((await request(app, 'DELETE', '/rest/call', JSON_BODY, body)).status, 405);
    }
  });

  test('as a page for a browser', async () => {
    const answer = await request(app, 'GET', '/nothing', { accept: 'text/html,*/*;q=0.8' });
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(answer.text, /There is nothing at this address\./);
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  });

  test('as XML for a client that accepts only XML', async () => {
    const answer = await request(app, 'GET', '/nothing', { accept: 'application/xml' });
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get('content-type') ?? '', /^application\/xml/);
    assert.deepEqual(new XMLParser({ ignoreDeclaration: true }).parse(answer.text), {
      error: { code: 'not_found', message: 'There is nothing at this address.' },
    });
  });

  test('as JSON for a client that accepts no available type', async () => {
    assertError(await request(app, 'GET', '/nothing', { accept: 'image/png' }), 404, 'not_found');
  });
});

test('405 for an unsupported method, with the supported ones', async () => {
  const answer = await request(app, 'DELETE', '/rest/call', bearer(token));
  assertError(answer, 405, 'method_not_allowed');
  assert.equal(answer.headers.get('allow'), 'GET, POST, PUT');
});

test('400 for an address that cannot be decoded', async () => {
  for (const path of ['/admin/calls/%zz', '/%zz', '/rest/call/%c3%28']) {
    assertError(await request(app, 'GET', path), 400, 'invalid_input');
  }
});

test('a response to an address that cannot be decoded has the headers of every response', async () => {
  const { headers } = await request(app, 'GET', '/admin/calls/%zz');
  for (const name of ['x-content-type-options', 'content-security-policy'])
    assert.ok(headers.get(name), name);
});

test('a path without a route has the errors of the API at and below that path', async () => {
  for (const path of ['/click-to-dial', '/click-to-dial/', '/click-to-dial?x=1'])
    assert.equal((await request(app, 'GET', path)).json()['code'], 'NOT_FOUND', path);
  for (const path of ['/oauth', '/oauth/', '/oauth?x=1'])
    assert.equal((await request(app, 'GET', path)).json()['error'], 'invalid_request', path);
  for (const path of ['/oauths', '/apis/v1', '/click-to-dials'])
    assertError(await request(app, 'GET', path), 404, 'not_found');
});

test('a path with a part that is too long gets an error of this server', async () => {
  const answer = await request(app, 'GET', `/admin/users/${'x'.repeat(200)}/calls`, bearer(token));
  assert.ok([400, 403, 404, 414].includes(answer.status), String(answer.status));
  assertError(answer, answer.status, String(answer.json()['error']));
  assert.match(String(answer.json()['error']), /^[a-z_]+$/);
});

test('413 for a body of more than 64 KiB, without effect', async () => {
  const headers = { ...FORM, ...bearer(token) };
  const body = `number=${encodeURIComponent(NUMBER)}&padding=${'x'.repeat(64 * 1024)}`;
  assertError(await request(app, 'POST', '/rest/call', headers, body), 413, 'invalid_input');
  assert.deepEqual(await app.sql('SELECT 1 FROM calls'), []);
});

suite('400 for a body that is not valid JSON', () => {
  for (const body of ['{', '{"number":', 'number=1', '{"__proto__":{"x":1}}', '"x"', '']) {
    test(JSON.stringify(body), async () => {
      const headers = { ...JSON_BODY, ...bearer(token) };
      assertError(await request(app, 'POST', '/rest/call', headers, body), 400, 'invalid_input');
    });
  }
});

suite('the message says which part cannot be parsed, and where', () => {
  const wrong: Readonly<Record<string, RegExp>> = {
    '{"number":1,}': /^The body of the request is not valid JSON: see position 12\.$/,
    'number in JSON at position x': /^The body of the request is not valid JSON\.$/,
    '{"__proto__":{"x":1}}': /^The body of the request must not have the property __proto__/,
  };
  for (const [api, path, property] of [
    ['the API of 2012', '/rest/call', 'message'],
    ['CAMARA', '/click-to-dial/v0.2/calls', 'message'],
    ['/api/v1', '/api/v1/calls', 'detail'],
    ['administration', '/admin/users', 'message'],
  ] as const) {
    test(`in ${api}`, async () => {
      for (const [body, message] of Object.entries(wrong)) {
        const headers = { ...JSON_BODY, ...bearer(path === '/admin/users' ? ofAdministrator : token) };
        const answer = await request(app, 'POST', path, headers, body);
        assert.equal(answer.status, 400, answer.text);
        assert.match(String(answer.json()[property]), message);
      }
      const answer = await request(app, 'GET', `${path}/%zz`);
      assert.match(String(answer.json()[property]), /^The address of the request cannot be parsed/);
    });
  }
});

suite('415 for a body of another type', () => {
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'nonsense']) {
    test(type, async () => {
      const headers = { 'content-type': type, ...bearer(token) };
      assertError(
        await request(app, 'POST', '/rest/call', headers, `number=${NUMBER}`),
        415,
        'invalid_input',
      );
    });
  }
});

test('an error shows input as text, not as markup', async () => {
  const markup = encodeURIComponent('<img src=x>');
  const answer = await request(app, 'GET', `/rest/call?token_call=${markup}`, {
    accept: 'text/html',
    ...bearer(token),
  });
  assert.equal(answer.status, 409);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.ok(!answer.text.includes('<img'));
});

suite('an error page is not cached, and sends no referrer, which may contain a secret', () => {
  for (const path of [
    '/rest/call?access_token=secret',
    '/oauth/token?client_secret=secret',
    '/nowhere?code=secret',
  ]) {
    test(path, async () => {
      const answer = await request(app, 'GET', path, { accept: 'text/html' });
      assert.ok(answer.status >= 400);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
      assert.equal(answer.headers.get('cache-control'), 'no-store');
      assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
    });
  }
});
