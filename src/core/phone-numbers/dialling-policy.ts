import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { type DiallingEntry, isNumberClass, type NumberClass } from './dialling-entry.ts';
import { isEmergencyNumber } from './emergency-number.ts';
import { findPhoneNumber, parsePhoneNumber } from './phone-number.ts';

export interface DiallingSettings {
  /** Empty: allows every number that is not denied. */
  readonly allow: readonly DiallingEntry[];
  /** Overrides `allow`. */
  readonly deny: readonly DiallingEntry[];
  /** Default country for numbers without `+`. */
  readonly country: CountryCode | undefined;
}

/** Cached results: checking the numbering plans is slow, and people call the same numbers again. */
const CACHE_SIZE = 5_000;

/** Characters of a number that an error repeats. */
const MAX_SHOWN_LENGTH = 40;

/** Why a number is refused: its class is denied, its destination is denied, or its destination is not allowed. */
export type RefusalReason = NumberClass | 'denied' | 'not-allowed';

export interface Refusal {
  /** E.164; an emergency number as the client sent it. */
  readonly number: string;
  readonly reason: RefusalReason;
}

/** Decides which numbers the server calls. Both legs of a call cost money, so the policy applies to callers and callees. */
export interface DiallingPolicy {
  /**
   * Judge a number before reading it, because `readPhoneNumber` cannot read emergency numbers.
   * @param text as a person writes a number, or E.164
   * @returns undefined if the number is allowed, and for invalid numbers
   */
  judge(text: string): Promise<Refusal | undefined>;
}

export function createDiallingPolicy({ allow, deny, country }: DiallingSettings): DiallingPolicy {
  const cache = new LRUCache<string, { readonly refusal: Refusal | undefined }>({ max: CACHE_SIZE });

  async function findRefusal(text: string): Promise<Refusal | undefined> {
    if (deny.includes('emergency') && (await isEmergencyNumber(text, country)))
      return { number: text.trim().slice(0, MAX_SHOWN_LENGTH), reason: 'emergency' };
    const number = findPhoneNumber(text, country);
    if (!number) return undefined;
    const matches = matcherOf(number);
    const denied = deny.find(matches);
    if (denied !== undefined)
      return { number: number.number, reason: isNumberClass(denied) ? denied : 'denied' };
    if (allow.length > 0 && !allow.some(matches)) return { number: number.number, reason: 'not-allowed' };
    return undefined;
  }

  return {
    async judge(text) {
      const result = cache.get(text) ?? { refusal: await findRefusal(text) };
      cache.set(text, result);
      return result.refusal;
    },
  };
}

function matcherOf(number: PhoneNumber) {
  const labels: readonly (DiallingEntry | undefined)[] = [countryOf(number), ...tariffsOf(number)];
  return (entry: DiallingEntry) => labels.includes(entry) || number.number.startsWith(entry);
}

/**
 * The country of the number. For numbers that no country has assigned, such as those reserved for fiction, this is the main
 * country of the calling code: US for +1, GB for +44. Undefined for networks without a country (+882).
 */
function countryOf(number: PhoneNumber): CountryCode | undefined {
  return number.getPossibleCountries()[0];
}

/** Exchanges ignore surplus digits, so an invalid number may reach a shorter premium number. */
function tariffsOf(number: PhoneNumber): (NumberClass | undefined)[] {
  if (number.isValid()) return [tariffOf(number)];
  const lengths = Array.from({ length: number.nationalNumber.length }, (_, index) => index + 1);
  return lengths.map((missing) => tariffOf(parsePhoneNumber(number.number.slice(0, -missing), undefined)));
}

function tariffOf(number: PhoneNumber | undefined): NumberClass | undefined {
  switch (number?.getType()) {
    case 'PREMIUM_RATE':
      return 'premium';
    case 'SHARED_COST':
      return 'shared-cost';
    default:
      return undefined;
  }
}
