import { type CountryCode, getCountries, getCountryCallingCode } from 'libphonenumber-js/max';
import { findPhoneNumber, parsePhoneNumber } from './phone-number.ts';

/** Every mobile phone treats these as emergency numbers, wherever it is (3GPP TS 22.101 section 10.1.1). */
const EVERYWHERE = ['112', '911'];
/** Digits behind the country's code. No emergency number of any country has more than four. */
const LONGEST = 6;

/**
 * Whether a number leads to an emergency service as it is written (`999`, read in `country`), or in the country that
 * it names (`+44 999`); also with a few digits too many, which exchanges ignore, unless that makes it a number of the
 * country's plan.
 * @param text as a person writes it, or E.164; what is no number at all is no emergency number
 */
export async function isEmergencyNumber(text: string, country: CountryCode | undefined): Promise<boolean> {
  const written = text.normalize('NFKC').replace(/\D/g, '');
  if (EVERYWHERE.includes(written)) return true;
  const number = parsePhoneNumber(text, country);
  const national = number?.nationalNumber ?? '';
  const withoutTrunkPrefix = national.replace(/^0+(?=[1-9])/, '');
  if (EVERYWHERE.includes(withoutTrunkPrefix)) return true;
  const dialledHere = country !== undefined && written.length <= LONGEST;
  const dialledThere = number !== undefined && national.length <= LONGEST;
  if (!dialledHere && !dialledThere) return false;

  const plans = await loadShortNumbers();
  if (dialledHere && plans.isEmergencyNumber(written, country)) return true;
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

/** The plans of short numbers take 50 ms and 17 MB, and few numbers are short: they are loaded for the first one. */
async function loadShortNumbers() {
  const { default: library } = await import('google-libphonenumber');
  return library.ShortNumberInfo.getInstance();
}
