import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { isEmergencyNumber } from '../../../src/core/phone-numbers/emergency-number.ts';
import { findPhoneNumber } from '../../../src/core/phone-numbers/phone-number.ts';

const run = promisify(execFile);

test('the plans of short numbers are loaded for the first short number', async () => {
  // In a process of its own: in this one, another test file may have loaded them.
  const source = import.meta.resolve('../../../src/core/phone-numbers/emergency-number.ts');
  const script = `
    import { createRequire } from 'node:module';
    import { isEmergencyNumber } from '${source}';
    const { cache } = createRequire('${import.meta.url}');
    for (const number of ['+447700900123', '07700900123', '911', '999']) {
      const found = await isEmergencyNumber(number, 'GB');
      const loaded = Object.keys(cache).some((file) => file.includes('google-libphonenumber'));
      console.log(number, found, loaded);
    }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  assert.deepEqual(stdout.trim().split('\n'), [
    '+447700900123 false false',
    '07700900123 false false',
    '911 true false',
    '999 true true',
  ]);
});

test('112 is an emergency number in every country, and cannot be called', async () => {
  for (const country of getCountries()) {
    assert.equal(await isEmergencyNumber('112', country), true, country);
    const international = `+${getCountryCallingCode(country)}112`;
    assert.equal(await isEmergencyNumber(international, undefined), true, international);
    assert.equal(findPhoneNumber(international, undefined), undefined, international);
  }
});

test('a valid short number is not an emergency number', async () => {
  for (const number of ['+39892123', '+448001111', '+247911263'])
    assert.equal(await isEmergencyNumber(number, undefined), false, number);
});

/** Numbers as people write them, and whether they reach an emergency service. */
type Numbers = Readonly<Record<string, boolean>>;

function recognizes(title: string, country: CountryCode | undefined, numbers: Numbers): void {
  suite(title, () => {
    for (const [text, expected] of Object.entries(numbers)) {
      test(`${text}: ${expected ? 'yes' : 'no'}`, async () =>
        assert.equal(await isEmergencyNumber(text, country), expected));
    }
  });
}

recognizes('recognizes the emergency numbers of the country that the number names', undefined, {
  '+1911': true,
  '+1 911': true,
  '+1112': true,
  '+44999': true,
  '+44 112': true,
  '+49112': true,
  '+49110': true,
  '+3315': true,
  '+39118': true,
  '+34085': true,
  '+43144': true,
  '+61000': true,
  '+81119': true,
  '+91100': true,
  '+55190': true,
  '+86110': true,
  '+112': true,
  '112': true,
  '911': true,
  '+499110': false, // too short for a number, and of no emergency service
});

recognizes('recognizes the emergency numbers of the country where it is dialled', 'DE', {
  '112': true,
  ' 1 1 2 ': true,
  '110': true,
  '0112': true,
  '911': true,
  '112#': true,
  '110#': true,
  '+110': true,
  '１１０#': true,
  '0110': true,
  'tel:112': true,
  '112 ext. 5': true,
  '112345': true,
  '１１２': true,
  '001 911': true,
  '999': false, // in Britain, and no number here
  '0900 1234567': false,
  '030 123456': false,
});
