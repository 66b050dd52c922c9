import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertError,
  CALLER,
  CALLS,
  callTo,
  countCalls,
  newCallee,
  postCall,
  SINK,
  send,
  tokenFor,
} from './call.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

const { sink, sinkCredential: credential } = SINK;
const without = (name: string) =>
  Object.fromEntries(Object.entries(credential).filter(([key]) => key !== name));

/** Refused with 400 INVALID_ARGUMENT; `field` says where. */
function refuses(title: string, bodies: Readonly<Record<string, readonly [object, string]>>): void {
  suite(title, () => {
    for (const [what, [further, field]] of Object.entries(bodies)) {
      test(what, async () => {
        const before = await countCalls(app);
        const answer = await postCall(app, token, callTo(undefined, further));
        const { message, ...info } = assertError(answer, 400, 'INVALID_ARGUMENT');
        assert.deepEqual(info, { status: 400, code: 'INVALID_ARGUMENT', field });
        assert.ok(String(message).includes(field.split('.').at(-1) ?? ''), String(message));
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
  'in clickToCall': [{ clickToCall: { colour: 'red' } }, 'clickToCall.colour'],
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
  'clickToCall as text': [{ clickToCall: 'x' }, 'clickToCall'],
  'timeLimit as text': [{ clickToCall: { timeLimit: '60' } }, 'clickToCall.timeLimit'],
  'half a second': [{ clickToCall: { timeLimit: 0.5 } }, 'clickToCall.timeLimit'],
  'clientReference empty': [{ clickToCall: { clientReference: '' } }, 'clickToCall.clientReference'],
  'clientReference too long': [
    { clickToCall: { clientReference: 'x'.repeat(129) } },
    'clickToCall.clientReference',
  ],
  'metadata as a list': [{ clickToCall: { metadata: ['a'] } }, 'clickToCall.metadata'],
  'metadata with a number': [{ clickToCall: { metadata: { a: 1 } } }, 'clickToCall.metadata.a'],
  'metadata with an object': [{ clickToCall: { metadata: { a: { b: 'c' } } } }, 'clickToCall.metadata.a'],
  'metadata too long': [{ clickToCall: { metadata: { a: 'x'.repeat(501) } } }, 'clickToCall.metadata.a'],
  'metadata with a name too long': [
    { clickToCall: { metadata: { ['a'.repeat(41)]: 'b' } } },
    `clickToCall.metadata.${'a'.repeat(41)}`,
  ],
  'metadata with a space in a name': [
    { clickToCall: { metadata: { 'a b': 'c' } } },
    'clickToCall.metadata.a b',
  ],
  'metadata with 21 strings': [
    { clickToCall: { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, ''])) } },
    'clickToCall.metadata',
  ],
});

test('every body without exactly CAMARA’s properties stays valid: nothing but they, and nothing less', async () => {
  const full = callTo(undefined, { sink, sinkCredential: credential, recordingEnabled: false });
  assert.equal((await postCall(app, token, full)).status, 201);
  assert.equal((await postCall(app, token, callTo())).status, 201);
});

test('an unknown parameter of the list is refused', async () => {
  const answer = await send(app, 'GET', `${CALLS}?status=connected`, token);
  assert.equal(assertError(answer, 400, 'INVALID_ARGUMENT')['field'], 'status');
});
