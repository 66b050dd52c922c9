import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';

const NUMBER_CLASSES = ['emergency', 'premium', 'shared-cost'] as const;

/** Kinds of numbers that a dialling policy can name, whatever their country. */
export type NumberClass = (typeof NUMBER_CLASSES)[number];

/** One entry of `DIAL_ALLOW` or `DIAL_DENY`: numbers of a class, of a country, or that begin so (E.164). */
export type DiallingEntry = NumberClass | CountryCode | `+${string}`;

/**
 * Reads entries that are separated by commas; case and spaces do not matter.
 * @throws Error with one line on the first entry that is none
 */
export function readDiallingEntries(text: string): DiallingEntry[] {
  return text.split(',').map((part) => {
    const entry = part.replace(/\s/g, '');
    const country = entry.toUpperCase();
    const found = isSupportedCountry(country) ? country : (asClass(entry) ?? asPrefix(entry));
    if (found !== undefined) return found;
    throw new Error(
      `must be countries such as GB, prefixes such as +4470, and ${NUMBER_CLASSES.join(', ')}, separated by commas, not "${part.trim()}"`,
    );
  });
}

/** As above, for the list of what may be called. @throws Error also where an entry can allow nothing */
export function readAllowedEntries(text: string): DiallingEntry[] {
  const entries = readDiallingEntries(text);
  if (entries.includes('emergency'))
    throw new Error('emergency numbers cannot be called, so do not allow them');
  return entries;
}

export function isNumberClass(entry: DiallingEntry): entry is NumberClass {
  return asClass(entry) !== undefined;
}

function asClass(text: string): NumberClass | undefined {
  return NUMBER_CLASSES.find((each) => each === text.toLowerCase());
}

function asPrefix(text: string): `+${string}` | undefined {
  return /^\+[1-9]\d{0,14}$/.test(text) ? (text as `+${string}`) : undefined;
}
