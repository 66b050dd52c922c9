import { type CountryCode, type PhoneNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { InvalidPhoneNumber } from './phone-number-errors.ts';

/** E.164 with `+`, like CAMARA's PhoneNumber. */
export const E164_PATTERN = '^\\+[1-9][0-9]{4,14}$';

/** Characters of a number that an error repeats. */
const MAX_SHOWN_LENGTH = 40;

/** A plus that is not encoded in a query or a form is a space. */
const LOST_PLUS = /^\s+\d/;
const WRITE_PLUS = ' In a URL or a form, write + as %2B.';

/**
 * Reads a phone number as a person writes it. Checks its length, not the ranges of the numbering plan, so that numbers
 * reserved for tests and fiction are valid.
 * @param country default country for numbers without `+`; undefined: such numbers are refused
 * @param name what the message calls the number, if not by its field
 * @returns the number in E.164 form, `+` and digits only
 * @throws InvalidPhoneNumber naming `field`
 */
export function readPhoneNumber(
  text: string,
  country: CountryCode | undefined,
  field: string,
  name = field,
): string {
  const written = text.trim();
  const refuse = (rule: string, reason = ''): never => {
    const shown = `"${written.slice(0, MAX_SHOWN_LENGTH)}"`;
    const advice = LOST_PLUS.test(text) ? WRITE_PLUS : '';
    throw new InvalidPhoneNumber(field, `${name} ${rule}, not ${shown}${reason}.${advice}`);
  };
  if (!written.startsWith('+') && country === undefined) {
    return refuse(
      'must begin with + and a country code, as in +447700900123',
      ', because this server has no DEFAULT_COUNTRY',
    );
  }
  return findPhoneNumber(written, country)?.number ?? refuse('must be a phone number that can be dialled');
}

/** Like `readPhoneNumber`, but returns the parsed number, and undefined where `readPhoneNumber` throws. */
export function findPhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
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

/** Parsed numbers, and texts that are not numbers: an opening parses its numbers several times, and people dial the same ones again. */
const cache = new LRUCache<string, { readonly number: PhoneNumber | undefined }>({ max: 5_000 });

/** Parses a number of any length, including one that is too short to be dialled from another country. */
export function parsePhoneNumber(text: string, country: CountryCode | undefined): PhoneNumber | undefined {
  const written = text.trim();
  const defaultCountry = written.startsWith('+') ? undefined : country;
  const key = `${defaultCountry} ${written}`;
  const result = cache.get(key) ?? {
    number: parsePhoneNumberFromString(written, {
      extract: false,
      ...(defaultCountry && { defaultCountry }),
    }),
  };
  cache.set(key, result);
  return result.number;
}
