import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { CallerNotOwn, SameCallerAndCallee } from '../../../src/core/calls/call-errors.ts';
import { CalleeNotAllowed, CallerNotAllowed } from '../../../src/core/phone-numbers/dialling-errors.ts';
import { InvalidPhoneNumber } from '../../../src/core/phone-numbers/phone-number-errors.ts';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, classicToken } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { addCaller, CALLER, countCalls, newCallee } from '../callers.ts';
import { assertRefused, MODERN_APIS, OPENING_APIS, post } from './apis.ts';

/** Which two numbers a call may have. */

const SECOND = '+447700900999';
const PREMIUM = '+449098790879';
const app = await startApp({ DIAL_DENY: 'emergency,premium,RU' });
const client = await addClassicClient(app);
const { name: anna } = await addCaller(app, 'anna', { numbers: [CALLER, SECOND, PREMIUM] });
const token = await classicToken(app, client, anna);
await addCaller(app, 'bob', { numbers: ['+447700900555'] });
let people = 0;

async function addSomebody(numbers: string[]): Promise<{ name: string; token: string }> {
  const { name } = await addCaller(app, `person${++people}`, { numbers });
  return { name, token: await classicToken(app, client, name) };
}

for (const api of MODERN_APIS) {
  suite(`by ${api.title}, the caller must be a number that the user may call from`, () => {
    for (const caller of [CALLER, SECOND]) {
      test(`${caller}: one of them`, async () => {
        const callee = newCallee();
        const answer = await post(app, api, token, api.body({ caller, callee }));
        assert.equal(answer.status, 201, answer.text);
        const calls = await app.sql('SELECT caller FROM calls WHERE callee = $1', [callee]);
        assert.deepEqual(calls, [{ caller }]);
      });
    }

    test('another one is refused, also one that another user may call from', async () => {
      const before = await countCalls(app);
      for (const caller of ['+447700900001', '+447700900555']) {
        const answer = await post(app, api, token, api.body({ caller }));
        const message = assertRefused(api, answer, CallerNotOwn);
        assert.match(message, /must be one of the user's own numbers/);
      }
      assert.equal(await countCalls(app), before);
    });

    test('a user without numbers can name none, and the error says why', async () => {
      const newcomer = await addSomebody([]);
      const answer = await post(app, api, newcomer.token, api.body());
      const message = assertRefused(api, answer, CallerNotOwn);
      assert.match(message, /has no number to call from yet/);
    });

    test('also when it is removed while the call waits for its turn; if none is named, the new default counts', async () => {
      const moving = await addSomebody([CALLER, SECOND]);
      const holder = await app.database.pool.connect();
      await holder.query('BEGIN');
      await holder.query('SELECT FROM users WHERE name = $1 FOR NO KEY UPDATE', [moving.name]);
      const named = post(app, api, moving.token, api.body({ caller: CALLER }));
      // CAMARA's requests always name one.
      const other =
        api.errorStyle === 'camara' ? OPENING_APIS.find(({ path }) => path === '/rest/call') : api;
      assert.ok(other);
      const { caller: _, ...withoutCaller } = other.body() as { readonly caller?: string };
      const unnamed = post(app, other, moving.token, withoutCaller);
      try {
        await until('both wait', async () => {
          const waits = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%open_calls(%'`;
          return (await app.sql(waits)).length === 2;
        });
        await app.users.setNumbers(moving.name, [SECOND], COMMAND_LINE);
      } finally {
        await holder.query('COMMIT');
        holder.release();
      }
      assertRefused(api, await named, CallerNotOwn);
      assert.equal((await unnamed).status, 201);
      const calls = await app.sql(
        'SELECT c.caller FROM calls c JOIN users u ON u.id = c.user_id WHERE u.name = $1',
        [moving.name],
      );
      assert.deepEqual(calls, [{ caller: SECOND }]);
    });

    test('and one that the dialling policy allows', async () => {
      const answer = await post(app, api, token, api.body({ caller: PREMIUM }));
      assertRefused(api, answer, CallerNotAllowed, { number: PREMIUM, reason: 'premium' });
    });
  });
}

for (const api of OPENING_APIS) {
  suite(`by ${api.title}, a call cannot go to`, () => {
    const refused = { premium: PREMIUM, emergency: '+44999', denied: '+79161234567' };
    for (const [reason, callee] of Object.entries(refused)) {
      test(`a number that the dialling policy does not allow: ${reason}`, async () => {
        const before = await countCalls(app);
        const answer = await post(app, api, token, api.body({ callee }));
        const message = assertRefused(api, answer, CalleeNotAllowed, { number: callee, reason });
        assert.ok(message.startsWith(`The callee ${callee} is `), message);
        assert.equal(await countCalls(app), before);
      });
    }

    test('the number that it comes from', async () => {
      const before = await countCalls(app);
      const answer = await post(app, api, token, api.body({ callee: CALLER }));
      assertRefused(api, answer, SameCallerAndCallee);
      assert.equal(await countCalls(app), before);
    });
  });

  suite(`${api.title} refuses as an invalid number`, () => {
    const numbers = {
      'one without its +': '447700900123',
      'one with a national prefix': '07700900123',
      'one with an international prefix': '0044 7700 900123',
      'one that is too short': '+4477',
      'one that is too long': '+4477009001234567',
      'one of no country': '+9997700900123',
      'one with a country 0': '+0447700900123',
      'one with letters': '+44770090012a',
      'one with digits of another script': '+४४७७००९००१२३',
      'a tel: address': 'tel:+447700900123',
      'an empty text': '',
      'a word': 'hello',
      'one with an extension': '+447700900123;ext=5',
    };
    for (const [what, number] of Object.entries(numbers)) {
      test(what, async () => {
        const before = await countCalls(app);
        for (const [part, field] of Object.entries(api.fields)) {
          const answer = await post(app, api, token, api.body({ [part]: number }));
          const message = assertRefused(api, answer, InvalidPhoneNumber, { field });
          assert.ok(message.startsWith(`${field} must `), message);
        }
        assert.equal(await countCalls(app), before);
      });
    }
  });
}
