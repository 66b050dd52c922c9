import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, bearer } from '../../harness/people.ts';
import { FORM, JSON_BODY, request } from '../../platform/http/request.ts';
import { addCaller, assertError, CALLS, callTo, countCalls, postCall, SINK, tokenFor } from './call.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

suite('a body that is none', () => {
  const bodies: Readonly<Record<string, readonly [Record<string, string>, string, number, string]>> = {
    empty: [JSON_BODY, '', 400, 'INVALID_ARGUMENT'],
    null: [JSON_BODY, 'null', 400, 'INVALID_ARGUMENT'],
    'a list': [JSON_BODY, '[]', 400, 'INVALID_ARGUMENT'],
    text: [JSON_BODY, '"text"', 400, 'INVALID_ARGUMENT'],
    'a number': [JSON_BODY, '1', 400, 'INVALID_ARGUMENT'],
    'cut off': [JSON_BODY, '{"caller":', 400, 'INVALID_ARGUMENT'],
    'with a prototype': [JSON_BODY, '{"__proto__":{}}', 400, 'INVALID_ARGUMENT'],
    'with what objects have by themselves': [
      JSON_BODY,
      '{"caller":{"toString":1,"valueOf":1}}',
      400,
      'INVALID_ARGUMENT',
    ],
    'very deep': [
      JSON_BODY,
      `{"caller":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
      400,
      'INVALID_ARGUMENT',
    ],
    'a form': [FORM, 'caller=%2B447700900000', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    'of a type that nobody reads': [{ 'content-type': 'text/csv' }, 'a,b', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    'too large': [JSON_BODY, JSON.stringify({ sink: 'x'.repeat(70_000) }), 413, 'INVALID_ARGUMENT'],
  };
  for (const [what, [type, body, status, code]] of Object.entries(bodies)) {
    test(what, async () => {
      const answer = await request(app, 'POST', CALLS, { ...type, ...bearer(token) }, body);
      assertError(answer, status, code);
    });
  }
});

suite('a sinkCredential that does not count is refused, and opens no call:', () => {
  const type = 'sinkCredential.credentialType must be ACCESSTOKEN';
  const invalid = (credential: object, message: string) => ({
    credential,
    status: 400,
    code: 'INVALID_ARGUMENT',
    message,
  });
  const credentials = {
    'the other type of the definition': {
      credential: { credentialType: 'PRIVATE_KEY_JWT', clientId: 'x', tokenUri: 'https://example.com/token' },
      ...{ status: 422, code: 'PRIVATE_KEY_JWT_NOT_CONFIGURED' },
      message: `${type}: this server does not support PRIVATE_KEY_JWT.`,
    },
    'a type of an earlier definition': invalid(
      { credentialType: 'PLAIN', identifier: 'x', secret: 'y' },
      `${type}.`,
    ),
    'a type in another case': invalid({ ...SINK.sinkCredential, credentialType: 'accesstoken' }, `${type}.`),
    'an expired one': invalid(
      { ...SINK.sinkCredential, accessTokenExpiresUtc: '2020-01-01T00:00:00Z' },
      'sinkCredential.accessTokenExpiresUtc must be in the future.',
    ),
    'an empty one': invalid(
      { ...SINK.sinkCredential, accessToken: '' },
      'sinkCredential.accessToken must consist of visible ASCII characters.',
    ),
  };
  for (const [what, { credential, status, code, message }] of Object.entries(credentials)) {
    test(what, async () => {
      const before = await countCalls(app);
      const answer = await postCall(app, token, callTo(undefined, { ...SINK, sinkCredential: credential }));
      assert.equal(assertError(answer, status, code)['message'], message);
      assert.ok(!answer.text.includes('secret'));
      assert.equal(await countCalls(app), before);
    });
  }
});
