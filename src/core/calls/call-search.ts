import type { CountryCode } from 'libphonenumber-js/max';
import { findPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { AnyOf, HistoryFilter } from './call-history-store.ts';

/** The search of an administrator; phone numbers as people write them. */
export interface CallSearch extends Omit<HistoryFilter, 'userId' | 'anyOf'> {
  readonly userName?: string;
  /** A complete call id, phone number, user name or client reference. */
  readonly q?: string;
}

/**
 * Reads a search term as a call id, a phone number or a client reference; user names are looked up in the database.
 * @param country default country for numbers without `+`
 */
export function readSearch(text: string, country: CountryCode | undefined): AnyOf {
  const term = text.trim();
  // A + in a query string decodes to a space unless it is encoded as %2B.
  const number = findPhoneNumber(term, country) ?? findPhoneNumber(`+${term}`, undefined);
  return {
    ...(/^[0-9a-f]{32}$/i.test(term) && { id: term.toLowerCase() }),
    ...(number && { number: number.number }),
    clientReference: term,
  };
}
