import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { answerOf } from '../../harness/browser.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  bearer,
  classicToken,
  modernToken,
} from '../../harness/people.ts';
import { assertProblem } from '../../web/api/call.ts';
import { credentials, parametersOf } from '../../web/classic/flow.ts';
import { FORM, JSON_BODY, request } from './request.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const token = await classicToken(app, client, 'anna');

await addUser(app, 'root', { administrator: true });
const administratorToken = await modernToken(app, await addModernClient(app), 'root', 'admin');

suite('a zero byte is refused anywhere, naming the parameter', () => {
  const query = new URLSearchParams({ ...parametersOf(client, 'code'), client_id: 'a\0b' });
  const form = new URLSearchParams({
    ...parametersOf(client, 'code'),
    ...credentials('anna'),
    username: 'a\0b',
  });
  for (const [where, method, path, body, field] of [
    ['in a query', 'GET', `/oauth/auth?${query}`, undefined, 'client_id'],
    ['in a form', 'POST', '/auth/login', form.toString(), 'username'],
    ['in a call’s id', 'GET', '/rest/call?token_call=%00', undefined, 'token_call'],
  ] as const) {
    test(where, async () => {
      const headers = { ...bearer(token), ...(body !== undefined && FORM) };
      const answer = await request(app, method, path, headers, body);
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['field'], field);
    });
  }

  test('at the authorization server', async () => {
    const answer = await request(app, 'GET', '/oauth/authorize?client_id=%00&response_type=code');
    assert.equal(answer.status, 400, answer.text);
    assert.doesNotMatch(answer.text, /server_error/);
  });
});

suite('an API that reads JSON alone says so', () => {
  const administrator = bearer(administratorToken);
  const message = 'The content type of the body must be application/json.';
  const json = '{"name":"X","redirectUris":["https://x.example/cb"]}';

  for (const [what, type] of Object.entries({
    'of a form, as curl sends': FORM,
    'of a form with a charset': { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' },
    'of a text': { 'content-type': 'text/plain' },
    none: {},
  })) {
    test(`to a body of the content type ${what}`, async () => {
      const body = Buffer.from(json); // undici names a type of its own for a text
      const answer = await answerOf(
        await fetch(`${app.url}/admin/clients`, {
          method: 'POST',
          headers: { ...administrator, ...type },
          body,
        }),
      );
      assert.equal(answer.status, 415, answer.text);
      assert.deepEqual(answer.json(), { error: 'invalid_input', message, field: 'Content-Type' });
    });
  }

  test('to a change of a setting, too', async () => {
    const answer = await request(
      app,
      'PUT',
      '/admin/users/anna/limit',
      { ...administrator, ...FORM },
      '{"limit":3}',
    );
    assert.deepEqual([answer.status, answer.json()['message']], [415, message]);
  });

  test('at /api/v1', async () => {
    const headers = { ...bearer(token), ...FORM };
    const answer = await request(app, 'POST', '/api/v1/calls', headers, '{"callee":""}');
    assert.equal(assertProblem(answer, 415, 'invalid_input')['detail'], message);
  });

  test('at Click to Dial', async () => {
    const path = '/click-to-dial/v0.2/calls';
    const answer = await request(app, 'POST', path, { ...bearer(token), ...FORM }, '{"caller":{}}');
    assert.equal(answer.status, 415, answer.text);
    assert.equal(answer.json()['message'], message);
  });
});

test('an API that reads forms, too, names both types', async () => {
  const headers = { ...bearer(token), 'content-type': 'text/plain' };
  const answer = await request(app, 'POST', '/rest/call', headers, 'number=1');
  assert.equal(answer.status, 415);
  const both = 'application/x-www-form-urlencoded or application/json';
  assert.equal(answer.json()['message'], `The content type of the body must be ${both}.`);
});

suite('without a body, the missing parameter is named', () => {
  for (const [method, path, missing] of [
    ['POST', '/rest/call', 'number'],
    ['PUT', '/rest/call', 'token_call'],
    ['POST', '/auth/login', 'client_id'],
  ] as const) {
    test(`${method} ${path}`, async () => {
      const answer = await request(app, method, path, bearer(token));
      assert.equal(answer.status, 400, answer.text);
      assert.equal(answer.json()['message'], `Missing parameter: ${missing}`);
    });
  }
});

test('undecodable input is not repeated, because it may contain a secret', async () => {
  const answer = await request(app, 'GET', '/%zz?access_token=SECRET');
  assert.equal(answer.status, 400);
  assert.doesNotMatch(answer.text, /SECRET|zz/);
});

suite('what a schema refuses is said in plain words, and the field is named as in JSON', () => {
  const number = '+447700900001';
  const call = { caller: { number }, callee: { number: '+447700900002' } };
  const cases: readonly (readonly [string, string, object, string, string])[] = [
    ['POST', '/admin/clients', { name: '', redirectUris: [] }, 'name', 'name must not be empty.'],
    [
      'POST',
      '/admin/clients',
      { name: 'x'.repeat(101), redirectUris: ['https://x.example/'] },
      'name',
      'name must have at most 100 characters.',
    ],
    [
      'POST',
      '/admin/clients',
      { name: 'X', redirectUris: [] },
      'redirectUris',
      'redirectUris must have at least 1 item.',
    ],
    [
      'POST',
      '/admin/clients',
      { name: 'X', redirectUris: Array.from({ length: 21 }, (_, index) => `https://x.example/${index}`) },
      'redirectUris',
      'redirectUris must have at most 20 items.',
    ],
    [
      'POST',
      '/admin/clients',
      { name: 'X', redirectUris: ['https://x.example/', 1] },
      'redirectUris[1]',
      'redirectUris[1] must be a string.',
    ],
    [
      'POST',
      '/admin/clients',
      { name: 'X', redirectUris: ['https://x.example/', 'nonsense'] },
      'redirectUris[1]',
      'Redirect URI 2 must be an absolute URI, such as https://app.example/callback.',
    ],
    ['PUT', '/admin/users/anna/limit', { limit: 1.5 }, 'limit', 'limit must be a whole number.'],
    ['PUT', '/admin/users/anna/limit', { limit: -1 }, 'limit', 'limit must be at least 0.'],
    ['PUT', '/admin/users/anna/limit', { limit: 1e9 }, 'limit', 'limit must be at most 10000.'],
    ['PUT', '/admin/users/anna/disabled', { disabled: 1 }, 'disabled', 'disabled must be true or false.'],
    ['PUT', '/admin/users/anna/numbers', { numbers: 1 }, 'numbers', 'numbers must be a list.'],
    [
      'PUT',
      '/admin/users/anna/numbers',
      { numbers: [number, ''] },
      'numbers[1]',
      'numbers[1] must not be empty.',
    ],
    ['POST', '/admin/clients', [], 'body', 'body must be an object.'],
  ];
  for (const [method, path, body, field, message] of cases) {
    test(`${method} ${path} ${JSON.stringify(body).slice(0, 60)}`, async () => {
      const headers = { ...bearer(administratorToken), ...JSON_BODY };
      const answer = await request(app, method, path, headers, JSON.stringify(body));
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(answer.json(), { error: 'invalid_input', message, field });
    });
  }

  const c2d: readonly (readonly [object, string])[] = [
    [{ ...call, sink: 'nowhere' }, 'sink must be an https: URL.'],
    [{ ...call, recordingEnabled: 'yes' }, 'recordingEnabled must be true or false.'],
    [{ ...call, caller: number }, 'caller must be an object.'],
  ];
  for (const [body, message] of c2d) {
    test(`Click to Dial: ${message}`, async () => {
      const path = '/click-to-dial/v0.2/calls';
      const headers = { ...bearer(token), ...JSON_BODY };
      const answer = await request(app, 'POST', path, headers, JSON.stringify(body));
      assert.equal(answer.status, 400, answer.text);
      assert.deepEqual(answer.json(), { status: 400, code: 'INVALID_ARGUMENT', message });
    });
  }

  test('also of the query', async () => {
    const headers = bearer(administratorToken);
    const answer = await request(app, 'GET', '/admin/audit-log?action=nothing', headers);
    assert.match(String(answer.json()['message']), /^action must be one of: signedIn, /);
    const empty = await request(app, 'GET', '/admin/calls?user=', headers);
    assert.equal(empty.json()['message'], 'user must not be empty.');
  });

  const options: readonly (readonly [object, string, string])[] = [
    [
      { callee: number, recordingEnabled: 'yes' },
      'recordingEnabled',
      'recordingEnabled must be true or false.',
    ],
    [{ callee: {} }, 'callee', 'callee must be a string.'],
    [{ callee: number, timeLimit: 0.5 }, 'timeLimit', 'timeLimit must be a whole number.'],
  ];
  for (const [body, field, message] of options) {
    test(`/api/v1 ${field}`, async () => {
      const headers = { ...bearer(token), ...JSON_BODY };
      const answer = await request(app, 'POST', '/api/v1/calls', headers, JSON.stringify(body));
      const { detail, field: named } = assertProblem(answer, 400, 'invalid_input');
      assert.deepEqual([detail, named], [message, field]);
    });
  }
});
