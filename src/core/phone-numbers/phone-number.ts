import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { InvalidPhoneNumber } from './phone-number-errors.ts';

/** E.164 with its `+`, as CAMARA's PhoneNumber has it. */
export const E164_PATTERN = '^\\+[1-9][0-9]{4,14}$';

/**
 * Reads a phone number as a person writes it. Judged by its possible length, not by the numbering plan's ranges, so
 * that numbers reserved for tests and fiction pass.
 * @param country where a number without `+` is read; undefined: such a number is refused
 * @returns the number in E.164 form, `+` and digits only
 * @throws InvalidPhoneNumber naming `field`
 */
export function readPhoneNumber(text: string, country: CountryCode | undefined, field = 'number'): string {
  const written = text.trim();
  if (!written.startsWith('+') && country === undefined) {
    throw new InvalidPhoneNumber(
      field,
      `${field} must begin with + and a country code, as in +447700900123 (in a form, write + as %2B), because this server has no DEFAULT_COUNTRY.`,
    );
  }
  const number = findPhoneNumber(written, country);
  if (!number) {
    throw new InvalidPhoneNumber(
      field,
      `${field} must be a phone number that can be dialled, not "${written.slice(0, 40)}".`,
    );
  }
  return number.number;
}

/** Numbers that were found, and texts that are none, by country and text: the same are dialled again. */
const found = new LRUCache<string, { readonly number: PhoneNumber | undefined }>({ max: 5_000 });

/** The number that `readPhoneNumber` would read, with what the numbering plans say of it; undefined where it throws. */
export function findPhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const key = `${country} ${text}`;
  const known = found.get(key) ?? { number: lookForPhoneNumber(text, country) };
  found.set(key, known);
  return known.number;
}

function lookForPhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const number = parsePhoneNumber(text, country);
  if (!number?.isPossible() || number.ext !== undefined) return undefined;
  // After a trunk prefix too many (+49 0 0900 …) what is left could lead elsewhere than what was judged.
  if (parsePhoneNumber(number.number, undefined)?.number !== number.number) return undefined;
  return number;
}

/** With spaces where the number's country has them, for people to read. @param number E.164 */
export function spelledNumber(number: string): string {
  return parsePhoneNumber(number, undefined)?.formatInternational() ?? number;
}

/** A number of any length, also one that is too short to be dialled from another country. */
export function parsePhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  return parsePhoneNumberFromString(text.trim(), {
    extract: false,
    ...(country && { defaultCountry: country }),
  });
}
