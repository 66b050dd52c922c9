import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addModernClient, addUser, bearer, modernToken } from '../../harness/people.ts';
import { JSON_BODY, request } from '../../platform/http/request.ts';

const CALLS = '/api/v1/calls';
const app = await startApp({ CALL_TIME_LIMIT: '3600', RING_TIMEOUT: '40' });
await addUser(app, 'anna', { limit: 100, numbers: ['+447700900000'] });
const token = await modernToken(app, await addModernClient(app), 'anna', 'call');
let called = 0;

function open(options: object) {
  const body = { callee: `+4416329${String(++called).padStart(5, '0')}`, ...options };
  return request(app, 'POST', CALLS, { ...bearer(token), ...JSON_BODY }, JSON.stringify(body));
}

async function countCalls(): Promise<unknown> {
  return (await app.sql('SELECT count(*) FROM calls'))[0]?.['count'];
}

test('a reference, metadata, limits and the recording are kept, and come back', async () => {
  const metadata = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`key.${n}-_`, 'ü'.repeat(500)]));
  metadata['constructor'] = 'not what objects have by themselves';
  delete metadata['key.0-_'];
  const options = { clientReference: 'R'.repeat(128), metadata, timeLimit: 60, ringTimeout: 1 };
  const opened = await open({ ...options, recordingEnabled: false });
  assert.equal(opened.status, 201, opened.text);
  const { id } = opened.json();
  const shown = await request(app, 'GET', `${CALLS}/${id}`, bearer(token));
  for (const call of [opened.json(), shown.json()]) {
    const { clientReference, metadata: kept, timeLimit, ringTimeout, recordingEnabled } = call;
    assert.deepEqual({ clientReference, metadata: kept, timeLimit, ringTimeout }, options);
    assert.equal(recordingEnabled, false);
  }
});

suite('seconds are bounded by the settings', () => {
  for (const [name, maximum] of [
    ['timeLimit', 3600],
    ['ringTimeout', 40],
  ] as const) {
    test(`${name} may be the maximum, which is the default`, async () => {
      for (const options of [{ [name]: maximum }, {}])
        assert.equal((await open(options)).json()[name], maximum);
    });

    test(`${name} may be neither more, nor less than one`, async () => {
      for (const seconds of [maximum + 1, 1e300, 0, -1, 0.5]) {
        const before = await countCalls();
        const answer = await open({ [name]: seconds });
        assert.equal(answer.status, 400, answer.text);
        const { code, field, detail } = answer.json();
        assert.deepEqual([code, field], ['invalid_input', name]);
        assert.match(String(detail), new RegExp(`^${name} must be `));
        if (seconds > maximum) assert.match(String(detail), new RegExp(` from 1 to ${maximum}\\.$`));
        assert.equal(await countCalls(), before);
      }
    });
  }
});

suite('texts that cannot be stored or compared are refused, with a key and without', () => {
  for (const headers of [{}, { 'idempotency-key': 'k' }]) {
    test(JSON.stringify(headers), async () => {
      const before = await countCalls();
      for (const text of ['\0', '\ud800', 'a\udc00b']) {
        for (const options of [{ clientReference: text }, { metadata: { a: text } }]) {
          const body = JSON.stringify({ callee: '+441632999999', ...options });
          const all = { ...bearer(token), ...JSON_BODY, ...headers };
          const answer = await request(app, 'POST', CALLS, all, body);
          assert.deepEqual([answer.status, answer.json()['code']], [400, 'invalid_input'], answer.text);
        }
      }
      assert.equal(await countCalls(), before);
    });
  }
});

suite('an option of a wrong form is refused; field says which', () => {
  const name = 'a'.repeat(41);
  const strings = Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, '']));
  const options: Readonly<Record<string, readonly [object, string]>> = {
    'an unknown one': [{ colour: 'red' }, 'colour'],
    'timeLimit as text': [{ timeLimit: '60' }, 'timeLimit'],
    'clientReference empty': [{ clientReference: '' }, 'clientReference'],
    'clientReference too long': [{ clientReference: 'x'.repeat(129) }, 'clientReference'],
    'metadata as a list': [{ metadata: ['a'] }, 'metadata'],
    'metadata with a number': [{ metadata: { a: 1 } }, 'metadata.a'],
    'metadata with an object': [{ metadata: { a: { b: 'c' } } }, 'metadata.a'],
    'metadata with a text too long': [{ metadata: { a: 'x'.repeat(501) } }, 'metadata.a'],
    'metadata with a name too long': [{ metadata: { [name]: 'b' } }, `metadata.${name}`],
    'metadata with a space in a name': [{ metadata: { 'a b': 'c' } }, 'metadata.a b'],
    'metadata with 21 strings': [{ metadata: strings }, 'metadata'],
  };
  for (const [what, [given, field]] of Object.entries(options)) {
    test(what, async () => {
      const answer = await open(given);
      const { code, field: named } = answer.json();
      assert.deepEqual([answer.status, code, named], [400, 'invalid_input', field], answer.text);
    });
  }
});
