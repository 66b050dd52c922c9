import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { postCall as postClassicCall } from '../classic/call.ts';
import { addCaller, assertError, CALLER, callTo, countCalls, openCall, postCall, tokenFor } from './call.ts';

/** Which two numbers a call may have. */

const SECOND = '+447700900999';
const PREMIUM = '+449098790879';
const app = await startApp({ DIAL_DENY: 'emergency,premium,RU' });
const client = await addModernClient(app);
const anna = await addCaller(app, 'anna', { numbers: [CALLER, SECOND, PREMIUM] });
const token = await tokenFor(app, client, anna);

suite('the caller must be a number that the user may call from', () => {
  for (const number of [CALLER, SECOND]) {
    test(`${number}: one of them`, async () => {
      assert.equal(
        (await openCall(app, token, callTo(undefined, { caller: { number } }))).caller.number,
        number,
      );
    });
  }

  test('another one is 403 INVALID_TOKEN_CONTEXT, also one that another user may call from', async () => {
    await addCaller(app, 'bob', { numbers: ['+447700900555'] });
    const before = await countCalls(app);
    for (const number of ['+447700900001', '+447700900555'])
      assertError(
        await postCall(app, token, callTo(undefined, { caller: { number } })),
        403,
        'INVALID_TOKEN_CONTEXT',
      );
    assert.equal(await countCalls(app), before);
  });

  test('a user without numbers gets an empty list', async () => {
    const messageFor = async (person: Awaited<ReturnType<typeof addCaller>>) => {
      const answer = await postCall(
        app,
        await tokenFor(app, client, person),
        callTo(undefined, { caller: { number: '+447700900001' } }),
      );
      assertError(answer, 403, 'INVALID_TOKEN_CONTEXT');
      return answer.json<{ message: string }>().message;
    };
    assert.match(
      await messageFor(await addCaller(app, 'newcomer', { numbers: [] })),
      /has no number to call from yet/,
    );
    assert.match(await messageFor(anna), /must be one of the user's own numbers/);
  });

  test('also when it is taken away while the call waits for its turn; when none is named, the new default counts', async () => {
    const moving = await tokenFor(app, client, await addCaller(app, 'moving', { numbers: [CALLER, SECOND] }));
    const holder = await app.database.pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM users WHERE name = 'moving' FOR NO KEY UPDATE`);
    const named = postCall(app, moving, callTo(undefined, { caller: { number: CALLER } }));
    const unnamed = postClassicCall(app, moving);
    try {
      await until('both wait', async () => {
        const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;
        return (await app.sql(waits)).length === 2;
      });
      await app.users.setNumbers('moving', [SECOND], COMMAND_LINE);
    } finally {
      await holder.query('COMMIT');
      holder.release();
    }
    assertError(await named, 403, 'INVALID_TOKEN_CONTEXT');
    assert.equal((await unnamed).status, 201);
    const [call] = await app.sql(
      `SELECT c.caller FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = 'moving'`,
    );
    assert.equal(call?.['caller'], SECOND);
  });

  test('a user without a number cannot open a call', async () => {
    const without = await tokenFor(app, client, await addCaller(app, 'nobody', { numbers: [] }));
    assertError(await postCall(app, without), 403, 'INVALID_TOKEN_CONTEXT');
  });
});

suite('a number that is not E.164 is 422 INVALID_PHONE_NUMBER', () => {
  const numbers = {
    'without its +': '447700900123',
    'with a national prefix': '07700900123',
    'with an international prefix': '0044 7700 900123',
    'with spaces': '+44 7700 900123',
    'with brackets': '+44(0)7700900123',
    'too short': '+4477',
    'too long': '+4477009001234567',
    'of no country': '+9997700900123',
    'with a country 0': '+0447700900123',
    'with letters': '+44770090012a',
    'with other digits': '+४४७७००९००१२३',
    'with a line behind': '+447700900123\n',
    empty: '',
    'a word': 'hello',
    'with an extension': '+447700900123;ext=5',
    'as a tel: address': 'tel:+447700900123',
  };
  for (const [what, number] of Object.entries(numbers)) {
    test(what, async () => {
      const before = await countCalls(app);
      const callee = await postCall(app, token, callTo(number));
      const caller = await postCall(app, token, callTo(undefined, { caller: { number } }));
      for (const [field, answer] of Object.entries({ 'callee.number': callee, 'caller.number': caller })) {
        const info = assertError(answer, 422, 'INVALID_PHONE_NUMBER');
        assert.equal(info['field'], field);
        assert.ok(String(info['message']).startsWith(`${field} must be `), answer.text);
      }
      assert.equal(await countCalls(app), before);
    });
  }
});

suite('what the dialling policy refuses', () => {
  const callees = { premium: PREMIUM, emergency: '+44999', denied: '+79161234567' };
  for (const [reason, number] of Object.entries(callees)) {
    test(`a callee: ${reason}`, async () => {
      const before = await countCalls(app);
      const answer = await postCall(app, token, callTo(number));
      if (number.length < 7) assert.equal(answer.status, 422, answer.text);
      const info = assertError(answer, 422, 'CALLEE_NOT_AVAILABLE');
      assert.deepEqual([info['number'], info['reason']], [number, reason]);
      assert.equal(await countCalls(app), before);
    });
  }

  test('a caller', async () => {
    const answer = await postCall(app, token, callTo(undefined, { caller: { number: PREMIUM } }));
    assert.equal(assertError(answer, 422, 'CALLER_NOT_AVAILABLE')['number'], PREMIUM);
  });
});

test('the same number twice is 422 SAME_CALLER_CALLEE', async () => {
  const before = await countCalls(app);
  assertError(await postCall(app, token, callTo(CALLER)), 422, 'SAME_CALLER_CALLEE');
  assert.equal(await countCalls(app), before);
});
