import type { CountryCode } from 'libphonenumber-js/max';
import { InvalidInput } from '../../platform/domain-error.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';

/** Checks of the input of administrators. Each function throws InvalidInput. */

/** The largest limit of ongoing calls; the schema checks the same. */
export const MAX_LIMIT = 10_000;

export const USER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;

export function checkName(name: string): void {
  if (!USER_NAME.test(name)) {
    throw new InvalidInput(
      'name',
      'name must have 1 to 64 characters: letters, digits and . _ @ + -, with a letter or a digit first.',
    );
  }
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_LIMIT) {
    throw new InvalidInput('limit', `limit must be a whole number from 0 to ${MAX_LIMIT}.`);
  }
}

/**
 * Converts numbers to E.164 and removes duplicates, in order. An error names the place of the number in the list.
 * @param country default country for numbers without `+`
 */
export function readNumbers(numbers: readonly string[], country: CountryCode | undefined): string[] {
  return [
    ...new Set(
      numbers.map((number, index) => readPhoneNumber(number, country, `numbers[${index}]`, 'number')),
    ),
  ];
}
