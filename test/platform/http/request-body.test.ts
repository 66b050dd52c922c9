import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, bearer, classicToken } from '../../harness/people.ts';
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
