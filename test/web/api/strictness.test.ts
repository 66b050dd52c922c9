import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addCaller,
  assertProblem,
  CALLER,
  CALLS,
  callTo,
  countCalls,
  postCall,
  send,
  tokenFor,
} from './call.ts';

const app = await startApp();
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));

/** Refused with 400 invalid_input and the name of the field, and no call is opened. */
function refuses(title: string, bodies: Readonly<Record<string, readonly [object, string]>>): void {
  suite(title, () => {
    for (const [what, [further, field]] of Object.entries(bodies)) {
      test(what, async () => {
        const before = await countCalls(app);
        const answer = await postCall(app, token, callTo(undefined, further));
        const { detail, field: named } = assertProblem(answer, 400, 'invalid_input');
        assert.equal(named, field);
        assert.ok(String(detail).includes(field.split('.').at(-1) ?? ''), String(detail));
        assert.equal(await countCalls(app), before);
      });
    }
  });
}

refuses('an unknown property is refused', {
  'at the top': [{ unknownProperty: 'someValue' }, 'unknownProperty'],
  'in another case': [{ RecordingEnabled: true }, 'RecordingEnabled'],
  'of the response': [{ state: 'connected' }, 'state'],
  'of CAMARA’s sinks': [{ sink: 'https://sink.example/events' }, 'sink'],
  null: [{ unknownProperty: null }, 'unknownProperty'],
});

refuses('a value of another type, or beyond its bounds, is refused', {
  'caller as an object': [{ caller: { number: CALLER } }, 'caller'],
  'caller as a list': [{ caller: [CALLER] }, 'caller'],
  'caller null': [{ caller: null }, 'caller'],
  'callee as a number': [{ callee: 447700900123 }, 'callee'],
  'callee null': [{ callee: null }, 'callee'],
  'recordingEnabled as text': [{ recordingEnabled: 'false' }, 'recordingEnabled'],
  'recordingEnabled null': [{ recordingEnabled: null }, 'recordingEnabled'],
  'timeLimit as text': [{ timeLimit: '60' }, 'timeLimit'],
  'timeLimit of half a second': [{ timeLimit: 0.5 }, 'timeLimit'],
  'ringTimeout null': [{ ringTimeout: null }, 'ringTimeout'],
  'clientReference empty': [{ clientReference: '' }, 'clientReference'],
  'clientReference too long': [{ clientReference: 'x'.repeat(129) }, 'clientReference'],
  'metadata as text': [{ metadata: 'x' }, 'metadata'],
  'metadata as a list': [{ metadata: ['a'] }, 'metadata'],
  'metadata with a number': [{ metadata: { a: 1 } }, 'metadata.a'],
  'metadata with an object': [{ metadata: { a: { b: 'c' } } }, 'metadata.a'],
  'metadata too long': [{ metadata: { a: 'x'.repeat(501) } }, 'metadata.a'],
  'metadata with a name too long': [{ metadata: { ['a'.repeat(41)]: 'b' } }, `metadata.${'a'.repeat(41)}`],
  'metadata with a space in a name': [{ metadata: { 'a b': 'c' } }, 'metadata.a b'],
  'metadata with 21 strings': [
    { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, ''])) },
    'metadata',
  ],
});

test('a body without a callee is refused', async () => {
  const answer = await postCall(app, token, { caller: CALLER });
  assert.equal(assertProblem(answer, 400, 'invalid_input')['field'], 'callee');
});

test('texts that cannot be stored or compared are refused, with a key and without', async () => {
  const before = await countCalls(app);
  for (const text of ['\0', '\ud800', 'a\udc00b']) {
    for (const headers of [{}, { 'idempotency-key': 'k' }]) {
      for (const further of [{ clientReference: text }, { metadata: { a: text } }])
        assertProblem(await postCall(app, token, callTo(undefined, further), headers), 400, 'invalid_input');
    }
  }
  assert.equal(await countCalls(app), before);
});

test('an unknown parameter of the list is refused', async () => {
  const answer = await send(app, 'GET', `${CALLS}?status=connected`, token);
  assert.equal(assertProblem(answer, 400, 'invalid_input')['field'], 'status');
});
