import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { isEmergencyNumber } from '../../src/calls/emergency-number.ts';
import { findPhoneNumber } from '../../src/people/phone-number.ts';

const { cache } = createRequire(import.meta.url);
const plansAreLoaded = () => Object.keys(cache).some((file) => file.includes('google-libphonenumber'));

test('the plans of short numbers are loaded for the first short number, not before', async () => {
  assert.equal(await isEmergencyNumber('+447700900123', 'GB'), false);
  assert.equal(await isEmergencyNumber('07700900123', 'GB'), false);
  assert.equal(await isEmergencyNumber('911', undefined), true);
  assert.equal(plansAreLoaded(), false);
  assert.equal(await isEmergencyNumber('999', 'GB'), true);
  assert.equal(plansAreLoaded(), true);
});

test('112 is an emergency number of every country, and of none a number to dial', async () => {
  for (const country of getCountries()) {
    assert.equal(await isEmergencyNumber('112', country), true, country);
    const international = `+${getCountryCallingCode(country)}112`;
    assert.equal(await isEmergencyNumber(international, undefined), true, international);
    assert.equal(findPhoneNumber(international, undefined), undefined, international);
  }
});

test('a short number of a plan stays one, whatever it begins with', async () => {
  for (const number of ['+39892123', '+448001111', '+247911263'])
    assert.equal(await isEmergencyNumber(number, undefined), false, number);
});
