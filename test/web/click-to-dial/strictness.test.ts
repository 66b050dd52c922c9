import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertError,
  CALLER,
  callTo,
  countCalls,
  newCallee,
  postCall,
  SINK,
  tokenFor,
} from './call.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

const { sink, sinkCredential: credential } = SINK;
const without = (name: string) =>
  Object.fromEntries(Object.entries(credential).filter(([key]) => key !== name));

/** Refused with 400 INVALID_ARGUMENT; the message says where. */
function refuses(title: string, bodies: Readonly<Record<string, readonly [object, string]>>): void {
  suite(title, () => {
    for (const [what, [further, field]] of Object.entries(bodies)) {
      test(what, async () => {
        const before = await countCalls(app);
        const answer = await postCall(app, token, callTo(undefined, further));
        const { message } = assertError(answer, 400, 'INVALID_ARGUMENT');
        assert.ok(String(message).split(/[ :]+/).includes(field), String(message));
        assert.equal(await countCalls(app), before);
      });
    }
  });
}

refuses('a property that the definition does not have is refused', {
  'at the top': [{ unknownProperty: 'someValue' }, 'unknownProperty'],
  'in caller': [{ caller: { number: CALLER, name: 'Anna' } }, 'caller.name'],
  'in callee': [{ callee: { number: newCallee(), name: 'Bob' } }, 'callee.name'],
  'in sinkCredential': [
    { sink, sinkCredential: { ...credential, clientId: 'x' } },
    'sinkCredential.clientId',
  ],
  'of another case': [{ RecordingEnabled: true }, 'RecordingEnabled'],
  'of the response': [{ status: 'connected' }, 'status'],
  null: [{ unknownProperty: null }, 'unknownProperty'],
});

refuses('a value of another type is refused', {
  'caller as text': [{ caller: CALLER }, 'caller'],
  'caller as a list': [{ caller: [{ number: CALLER }] }, 'caller'],
  'no number in caller': [{ caller: {} }, 'caller.number'],
  'no number in callee': [{ callee: {} }, 'callee.number'],
  'a number as a number': [{ callee: { number: 447700900123 } }, 'callee.number'],
  'no number at all': [{ callee: { number: null } }, 'callee.number'],
  'recordingEnabled as text': [{ recordingEnabled: 'false' }, 'recordingEnabled'],
  'recordingEnabled null': [{ recordingEnabled: null }, 'recordingEnabled'],
  'sink null': [{ sink: null }, 'sink'],
  'sink without a scheme': [{ sink: 'sink.example/events' }, 'sink'],
  'sink that is not https:': [{ sink: 'http://sink.example/events' }, 'sink'],
  'too long a sink': [{ sink: `${sink}/${'x'.repeat(2048)}` }, 'sink'],
  'sinkCredential as text': [{ sink, sinkCredential: 'secret' }, 'sinkCredential'],
  'sinkCredential without its type': [
    { sink, sinkCredential: without('credentialType') },
    'sinkCredential.credentialType',
  ],
  'sinkCredential with a type that is no text': [
    { sink, sinkCredential: { ...credential, credentialType: 1 } },
    'sinkCredential.credentialType',
  ],
  'sinkCredential without the token': [
    { sink, sinkCredential: without('accessToken') },
    'sinkCredential.accessToken',
  ],
  'sinkCredential without an expiry': [
    { sink, sinkCredential: without('accessTokenExpiresUtc') },
    'sinkCredential.accessTokenExpiresUtc',
  ],
  'an expiry without a zone': [
    { sink, sinkCredential: { ...credential, accessTokenExpiresUtc: '2100-01-01T00:00:00' } },
    'sinkCredential.accessTokenExpiresUtc',
  ],
  'an expiry that is no moment': [
    { sink, sinkCredential: { ...credential, accessTokenExpiresUtc: '2100-02-30T00:00:00Z' } },
    'sinkCredential.accessTokenExpiresUtc',
  ],
  'an expiry in a leap second': [
    { sink, sinkCredential: { ...credential, accessTokenExpiresUtc: '2100-12-31T23:59:60Z' } },
    'sinkCredential.accessTokenExpiresUtc',
  ],
  'too long a token': [
    { sink, sinkCredential: { ...credential, accessToken: 'x'.repeat(4097) } },
    'sinkCredential.accessToken',
  ],
  'a token that is no bearer token': [
    { sink, sinkCredential: { ...credential, accessTokenType: 'DPoP' } },
    'sinkCredential.accessTokenType',
  ],
  'sinkCredential without sink': [{ sinkCredential: credential }, 'sinkCredential'],
});

test('all properties of the definition are accepted, and the required ones are enough', async () => {
  const full = callTo(undefined, { sink, sinkCredential: credential, recordingEnabled: false });
  assert.equal((await postCall(app, token, full)).status, 201);
  assert.equal((await postCall(app, token, callTo())).status, 201);
});
