import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertError, callTo, countCalls, postCall, SINK, tokenFor } from './call.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

suite('an invalid sinkCredential is refused, and opens no call:', () => {
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
