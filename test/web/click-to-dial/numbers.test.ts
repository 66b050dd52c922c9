import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { InvalidPhoneNumber } from '../../../src/core/phone-numbers/phone-number-errors.ts';
import { codeOf, statusOf } from '../../../src/platform/http/errors/error-codes.ts';
import { startApp } from '../../harness/app.ts';
import { addModernClient } from '../../harness/people.ts';
import { addCaller, assertError, callTo, countCalls, postCall, tokenFor } from './call.ts';

/** Numbers must be in E.164 form, even where the server's other APIs read what people dial. */

const app = await startApp({ DEFAULT_COUNTRY: 'GB' });
const token = await tokenFor(app, await addModernClient(app), await addCaller(app, 'anna'));
const { declaration } = InvalidPhoneNumber;

suite('a number that is not in E.164 form is refused', () => {
  const numbers = {
    'with a national prefix': '07700900123',
    'with an international prefix': '0044 7700 900123',
    'with spaces': '+44 7700 900123',
    'with brackets': '+44(0)7700900123',
    'with a line feed at its end': '+447700900123\n',
  };
  for (const [what, number] of Object.entries(numbers)) {
    test(what, async () => {
      const before = await countCalls(app);
      const callee = await postCall(app, token, callTo(number));
      const caller = await postCall(app, token, callTo(undefined, { caller: { number } }));
      for (const [field, answer] of Object.entries({ 'callee.number': callee, 'caller.number': caller })) {
        const { message } = assertError(
          answer,
          statusOf(declaration, 'camara'),
          codeOf(declaration, 'camara'),
        );
        assert.ok(String(message).startsWith(`${field} must be `), answer.text);
      }
      assert.equal(await countCalls(app), before);
    });
  }
});
