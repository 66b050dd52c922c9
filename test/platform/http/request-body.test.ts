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
import { credentials, parametersOf } from '../../web/classic/flow.ts';
import { FORM, request } from './request.ts';

const app = await startApp();
const client = await addClassicClient(app);
await addUser(app, 'anna');
const token = await classicToken(app, client, 'anna');

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

suite('an API that reads JSON alone says so', async () => {
  await addUser(app, 'root', { administrator: true });
  const administrator = bearer(await modernToken(app, await addModernClient(app), 'root', 'admin'));
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

  test('at Click to Dial', async () => {
    const path = '/click-to-dial/v0.2rc1/calls';
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
