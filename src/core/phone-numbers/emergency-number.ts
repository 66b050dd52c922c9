import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { findPhoneNumber, parsePhoneNumber } from './phone-number.ts';

/** Emergency numbers on every mobile phone in the world (3GPP TS 22.101 section 10.1.1). */
const EVERYWHERE = ['112', '911'];
/** Digits after the country code. No emergency number has more than four; this allows for surplus digits. */
const MAX_DIGITS = 6;

/**
 * Whether a number reaches an emergency service in `country` (`999`) or in the country of its code (`+44 999`). A number with a
 * few surplus digits, which exchanges ignore, counts as well, unless it is a valid number.
 * @param text as a person writes it, or E.164; anything else is not an emergency number
 */
export async function isEmergencyNumber(text: string, country: CountryCode | undefined): Promise<boolean> {
  const dialled = text.normalize('NFKC').replace(/\D/g, '');
  if (EVERYWHERE.includes(dialled)) return true;
  const number = parsePhoneNumber(text, country);
  const national = number?.nationalNumber ?? '';
  const withoutTrunkPrefix = national.replace(/^0+(?=[1-9])/, '');
  if (EVERYWHERE.includes(withoutTrunkPrefix)) return true;
  const dialledHere = country !== undefined && dialled.length <= MAX_DIGITS;
  const dialledThere = number !== undefined && national.length <= MAX_DIGITS;
  if (!dialledHere && !dialledThere) return false;

  const plans = await loadShortNumbers();
  if (dialledHere && plans.isEmergencyNumber(dialled, country)) return true;
  if (!dialledThere || findPhoneNumber(text, country)?.isValid()) return false;
  return countriesOf(number).some((each) =>
    [national, withoutTrunkPrefix].some((digits) => plans.connectsToEmergencyNumber(digits, each)),
  );
}

function countriesOf({ country, countryCallingCode }: { country?: CountryCode; countryCallingCode: string }) {
  return country
    ? [country]
    : getCountries().filter((each) => getCountryCallingCode(each) === countryCallingCode);
}

/** Loads the plans of short numbers on first use, because they take 50 ms and 17 MB, and few numbers are short. */
async function loadShortNumbers() {
  const { default: library } = await import('google-libphonenumber');
  return library.ShortNumberInfo.getInstance();
}
