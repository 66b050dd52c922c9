import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp, startNode } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertProblem, CALLER, callTo, openCall, postCall, send, tokenFor } from './call.ts';

/** Numbers are read as a person dials them. What is not a number is in test/web/opening/numbers.test.ts. */

const SECOND = '+447700900999';
const app = await startApp();
const british = await startNode(app, { DEFAULT_COUNTRY: 'GB' });
const client = await addModernClient(app);
const token = await tokenFor(app, client, await addCaller(app, 'anna', { numbers: [CALLER, SECOND] }));

suite('a number with its country code is read on every server', () => {
  for (const [written, number] of [
    ['+44 7700 900123', '+447700900123'],
    ['+44(0)7700-900124', '+447700900124'],
    [' +1 (202) 555-0123 ', '+12025550123'],
  ] as const) {
    test(`${written} as ${number}`, async () =>
      assert.equal((await openCall(app, token, callTo(written))).callee, number));
  }

  test('also as the caller', async () => {
    const { caller } = await openCall(app, token, callTo(undefined, { caller: '+44 7700 900 999' }));
    assert.equal(caller, SECOND);
  });
});

suite('a national number', () => {
  test('is refused without DEFAULT_COUNTRY, with the reason', async () => {
    for (const [field, body] of Object.entries({
      callee: callTo('07700 900123'),
      caller: callTo(undefined, { caller: '07700 900999' }),
    })) {
      const problem = assertProblem(await postCall(app, token, body), 400, 'invalid_input');
      assert.equal(problem['field'], field);
      assert.match(String(problem['detail']), /must begin with \+ .*no DEFAULT_COUNTRY/);
    }
  });

  test('is read in DEFAULT_COUNTRY, on either side', async () => {
    const { caller, callee } = await openCall(
      british,
      token,
      callTo('020 7946 0001', { caller: '07700 900999' }),
    );
    assert.deepEqual([caller, callee], [SECOND, '+442079460001']);
  });
});

test('a number may have 64 characters', async () => {
  const spaces = ' '.repeat(64 - CALLER.length);
  await openCall(app, token, callTo(`+447700${spaces}900127`));
  const problem = assertProblem(
    await postCall(app, token, callTo(`+447700 ${spaces}900128`)),
    400,
    'invalid_input',
  );
  assert.equal(problem['field'], 'callee');
});

test('the user’s numbers are listed, the default one first', async () => {
  const list = async (presented: string) => (await send(app, 'GET', '/api/v1/me/numbers', presented)).json();
  assert.deepEqual(await list(token), { numbers: [CALLER, SECOND] });
  const newcomer = await addCaller(app, 'newcomer', { numbers: [] });
  assert.deepEqual(await list(await tokenFor(app, client, newcomer)), { numbers: [] });
});

test('without a caller, a call comes from the user’s default number, if there is one', async () => {
  assert.equal((await openCall(app, token)).caller, CALLER);
  const nobody = await tokenFor(app, client, await addCaller(app, 'nobody', { numbers: [] }));
  assert.equal((await openCall(app, nobody)).caller, null);
});
