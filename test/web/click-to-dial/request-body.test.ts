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

test('texts that cannot be stored or compared are refused, with a key and without', async () => {
  const before = await countCalls(app);
  for (const text of ['\0', '\ud800', 'a\udc00b']) {
    for (const headers of [{}, { 'idempotency-key': 'k' }]) {
      const reference = callTo(undefined, { clickToCall: { clientReference: text } });
      const metadata = callTo(undefined, { clickToCall: { metadata: { a: text } } });
      for (const body of [reference, metadata])
        assertError(await postCall(app, token, body, headers), 400, 'INVALID_ARGUMENT');
    }
  }
  assert.equal(await countCalls(app), before);
});

suite('a sinkCredential of a type that is not supported', () => {
  const types = {
    'the other one of the definition': {
      credentialType: 'PRIVATE_KEY_JWT',
      clientId: 'x',
      tokenUri: 'https://example.com/token',
    },
    'of an earlier definition': { credentialType: 'PLAIN', identifier: 'x', secret: 'y' },
    'in another case': { ...SINK.sinkCredential, credentialType: 'accesstoken' },
    'expired already': { ...SINK.sinkCredential, accessTokenExpiresUtc: '2020-01-01T00:00:00Z' },
  };
  for (const [what, sinkCredential] of Object.entries(types)) {
    test(what, async () => {
      const before = await countCalls(app);
      const answer = await postCall(app, token, callTo(undefined, { ...SINK, sinkCredential }));
      assertError(answer, 400, 'INVALID_CREDENTIAL');
      assert.ok(!answer.text.includes('secret'));
      assert.equal(await countCalls(app), before);
    });
  }
});
