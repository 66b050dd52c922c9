import { type CountryCode, isSupportedCountry } from 'libphonenumber-js/max';
import { butNot } from '../../platform/configuration/values.ts';

const NUMBER_CLASSES = ['emergency', 'premium', 'shared-cost'] as const;

/** Classes of numbers that a dialling policy can name, for all countries. */
export type NumberClass = (typeof NUMBER_CLASSES)[number];

/** An entry of `DIAL_ALLOW` or `DIAL_DENY`: a class, a country, or a prefix (E.164). */
export type DiallingEntry = NumberClass | CountryCode | `+${string}`;

/**
 * Reads entries that are separated by commas, ignoring case and spaces.
 * @throws Error with one line about the first invalid entry
 */
export function readDiallingEntries(text: string): DiallingEntry[] {
  return text.split(',').map((part) => {
    const entry = part.replace(/\s/g, '');
    const country = entry.toUpperCase();
    const parsed = isSupportedCountry(country) ? country : (asClass(entry) ?? asPrefix(entry));
    if (parsed !== undefined) return parsed;
    throw new Error(
      `must be countries such as GB, prefixes such as +4470, and ${NUMBER_CLASSES.join(', ')}, separated by commas${butNot(part.trim())}`,
    );
  });
}

/** Reads the entries of `DIAL_ALLOW`. @throws Error also for `emergency`, which cannot be allowed */
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
