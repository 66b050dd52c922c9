import type { CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import { LRUCache } from 'lru-cache';
import { type DiallingEntry, isNumberClass, type NumberClass } from './dialling-entry.ts';
import { isEmergencyNumber } from './emergency-number.ts';
import { findPhoneNumber, parsePhoneNumber } from './phone-number.ts';

export interface DiallingSettings {
  /** Empty: everything may be called that is not denied. */
  readonly allow: readonly DiallingEntry[];
  /** Wins over `allow`. */
  readonly deny: readonly DiallingEntry[];
  /** Where a number without `+` is read. */
  readonly country: CountryCode | undefined;
}

/** Judgements; numbering plans are long to read, and people call the same numbers again. */
const REMEMBERED = 5_000;

/** Characters of a number as it was written. */
const LONGEST_SHOWN = 40;

/** Why a number is not called: its class, or its destination, which is denied or not among those allowed. */
export type RefusalReason = NumberClass | 'denied' | 'not-allowed';

export interface Refusal {
  /** E.164; an emergency number as it was written. */
  readonly number: string;
  readonly reason: RefusalReason;
}

/** Which numbers the server calls. Both ends of a call cost money, so callers are judged like callees. */
export type DiallingPolicy = ReturnType<typeof createDiallingPolicy>;

export function createDiallingPolicy({ allow, deny, country }: DiallingSettings) {
  const judged = new LRUCache<string, { readonly refusal: Refusal | undefined }>({ max: REMEMBERED });

  async function judgeAnew(text: string): Promise<Refusal | undefined> {
    if (deny.includes('emergency') && (await isEmergencyNumber(text, country)))
      return { number: text.trim().slice(0, LONGEST_SHOWN), reason: 'emergency' };
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
    /**
     * @param text as a person writes a number, or E.164
     * @returns undefined where the number may be called, and for what `readPhoneNumber` refuses to read; emergency
     *   numbers are among that, so judge before you read
     */
    async judge(text: string): Promise<Refusal | undefined> {
      const known = judged.get(text) ?? { refusal: await judgeAnew(text) };
      judged.set(text, known);
      return known.refusal;
    },
  };
}

function matcherOf(number: PhoneNumber) {
  const labels: readonly (DiallingEntry | undefined)[] = [countryOf(number), ...tariffsOf(number)];
  return (entry: DiallingEntry) => labels.includes(entry) || number.number.startsWith(entry);
}

/**
 * The number's country; where none of those that share the calling code has given it out, as with numbers reserved for
 * fiction, the one that the code belongs to first: +1 is the US, +44 GB. Undefined for networks of no country (+882).
 */
function countryOf(number: PhoneNumber): CountryCode | undefined {
  return number.getPossibleCountries()[0];
}

/** Exchanges ignore digits too many: behind a number of no range there may be a shorter one that costs. */
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
