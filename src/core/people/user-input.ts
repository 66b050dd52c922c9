import type { CountryCode } from 'libphonenumber-js/max';
import { InvalidInput } from '../../platform/domain-error.ts';
import { readPhoneNumber } from '../phone-numbers/phone-number.ts';
import { hashPassword } from './password.ts';

/** What administrators may give users. Each throws InvalidInput. */

/** Of ongoing calls of one user; the schema holds the same. */
export const LARGEST_LIMIT = 10_000;

export const USER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,63}$/u;
const PASSWORD_LENGTHS = { least: 4, most: 1024 };

export function checkName(name: string): void {
  if (!USER_NAME.test(name)) {
    throw new InvalidInput(
      'name',
      'name must have 1 to 64 characters: letters, digits and . _ @ + -, with a letter or a digit first.',
    );
  }
}

export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 0 || limit > LARGEST_LIMIT) {
    throw new InvalidInput('limit', `limit must be a whole number from 0 to ${LARGEST_LIMIT}.`);
  }
}

/** Of a password that somebody gives a user. */
export async function hashNewPassword(password: string): Promise<string> {
  const { least, most } = PASSWORD_LENGTHS;
  if (password.length < least || password.length > most) {
    throw new InvalidInput('password', `password must have ${least} to ${most} characters.`);
  }
  return hashPassword(password);
}

/** In E.164, each once, in their order. @param country where numbers without `+` are read */
export function readNumbers(numbers: readonly string[], country: CountryCode | undefined): string[] {
  return [...new Set(numbers.map((number) => readPhoneNumber(number, country)))];
}
