import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { InvalidPhoneNumber } from './phone-number-errors.ts';

/** E.164 with `+`, like CAMARA's PhoneNumber. */
export const E164_PATTERN = '^\\+[1-9][0-9]{4,14}$';

/**
 * Reads a phone number as a person writes it. Checks its length, not the ranges of the numbering plan, so that numbers
 * reserved for tests and fiction are valid.
 * @param country default country for numbers without `+`; undefined: such numbers are refused
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

/** Parsed numbers, and texts that are not numbers, by country and text, because people dial the same numbers again. */
const cache = new LRUCache<string, { readonly number: PhoneNumber | undefined }>({ max: 5_000 });

/** Like `readPhoneNumber`, but returns the parsed number, and undefined where `readPhoneNumber` throws. */
export function findPhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const key = `${country} ${text}`;
  const result = cache.get(key) ?? { number: parsePossibleNumber(text, country) };
  cache.set(key, result);
  return result.number;
}

function parsePossibleNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const number = parsePhoneNumber(text, country);
  if (!number?.isPossible() || number.ext !== undefined) return undefined;
  // With a surplus trunk prefix (+49 0 0900 …) the exchange could reach a number other than the one that was checked.
  if (parsePhoneNumber(number.number, undefined)?.number !== number.number) return undefined;
  return number;
}

/** Formats a number with the spaces customary in its country. @param number E.164 */
export function formatPhoneNumber(number: string): string {
  return parsePhoneNumber(number, undefined)?.formatInternational() ?? number;
}

/** Parses a number of any length, including one that is too short to be dialled from another country. */
export function parsePhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  return parsePhoneNumberFromString(text.trim(), {
    extract: false,
    ...(country && { defaultCountry: country }),
  });
}
