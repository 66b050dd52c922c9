import type { CountryCode } from 'libphonenumber-js/max';
import { findPhoneNumber } from '../phone-numbers/phone-number.ts';
import type { AnyOf, HistoryFilter } from './call-history-store.ts';

/** What administrators narrow the history down by. */
export interface CallSearch extends Omit<HistoryFilter, 'userId' | 'anyOf'> {
  /** Caller and callee may be written as people dial them. */
  readonly userName?: string;
  /** A call's id, a number, a user's name or a client's reference, whichever it is; the whole of it. */
  readonly q?: string;
}

/** What a search box may mean; a user's name has to be looked up. @param country where numbers without `+` are read */
export function readSearch(text: string, country: CountryCode | undefined): AnyOf {
  const written = text.trim();
  // In the query of an address a + that is not written as %2B is a space.
  const number = findPhoneNumber(written, country) ?? findPhoneNumber(`+${written}`, undefined);
  return {
    ...(/^[0-9a-f]{32}$/i.test(written) && { id: written.toLowerCase() }),
    ...(number && { number: number.number }),
    clientReference: written,
  };
}
