import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { findPhoneNumber, readPhoneNumber } from '../../../src/core/phone-numbers/phone-number.ts';
import { InvalidInput } from '../../../src/platform/domain-error.ts';

function assertRefused(text: string, country: 'GB' | undefined, message: RegExp): void {
  assert.throws(
    () => readPhoneNumber(text, country, 'callee'),
    (error: unknown) => {
      assert.ok(error instanceof InvalidInput);
      assert.equal(error.details['field'], 'callee');
      assert.match(error.message, message);
      return true;
    },
  );
}

suite('reads as E.164', () => {
  for (const [text, country, number] of [
    ['+447700900123', undefined, '+447700900123'],
    ['  +44 (7700) 900-123\t', undefined, '+447700900123'],
    ['+1 202.555.0123', undefined, '+12025550123'],
    ['+１２０２５５５０１２３', undefined, '+12025550123'],
    ['+44 (0) 7700 900123', undefined, '+447700900123'],
    ['+39 06 698 12345', undefined, '+390669812345'],
    ['07700 900123', 'GB', '+447700900123'],
    ['00447700900123', 'GB', '+447700900123'],
    ['(202) 555-0123', 'US', '+12025550123'],
    ['+12025550123', 'GB', '+12025550123'],
  ] as const) {
    test(`${text}${country ? ` in ${country}` : ''}`, () =>
      assert.equal(readPhoneNumber(text, country, 'callee'), number));
  }
});

test('checks the length only: numbers of unassigned ranges are valid', () => {
  assert.equal(readPhoneNumber('+12345550000', undefined, 'callee'), '+12345550000');
  assert.equal(readPhoneNumber('+441234567890', undefined, 'callee'), '+441234567890');
});

suite('refuses, naming the field', () => {
  for (const text of ['', '   ', '07700900123', '447700900123', 'hello']) {
    test(`"${text}" without a default country, with a hint`, () =>
      assertRefused(text, undefined, /^callee must begin with \+ .*DEFAULT_COUNTRY/));
  }

  for (const text of [
    '+',
    '+44',
    '+447700',
    '+4477009001234567',
    '+999123456789',
    '+44 7700 900123 ext. 5',
    '+447700900123;ext=5',
    '+447700900123x5',
    'tel:+447700900123',
    'call +447700900123',
    '+447700900123 or +447700900124',
    '+44770090012３a',
    '+1-800-FLOWERS!',
    '+49009001234567',
    '+490009001234567',
    '+44 0 0 7700 900123',
  ]) {
    test(`"${text}"`, () => assertRefused(text, 'GB', /^callee must be a phone number/));
  }
});

test('a number whose + was lost in a query or a form is refused with a word on how to write it', () => {
  for (const country of [undefined, 'GB'] as const)
    assertRefused(' 12025550123456789', country, / In a URL or a form, write \+ as %2B\.$/);
  assertRefused('12025550123456789', 'GB', /, not "12025550123456789"\.$/);
});

test('a number in E.164 form stays the same when read again', () => {
  for (const zeros of ['', '0', '00', '000']) {
    for (const national of ['9001234567', '30123456', '18012345678']) {
      const text = `+49${zeros}${national}`;
      const number = findPhoneNumber(text, undefined)?.number;
      if (number) assert.equal(readPhoneNumber(number, undefined, 'callee'), number, text);
    }
  }
});

test('repeats at most 40 characters of an invalid number', () => {
  assertRefused(`+${'9'.repeat(500)}`, undefined, /"\+9{39}"\.$/);
});
