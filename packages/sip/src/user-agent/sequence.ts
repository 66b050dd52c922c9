/**
 * How many CSeq numbers a process reserves at a time. The record of a leg has the last number of the range, so that no other process
 * uses a number again, even if this one crashes. Gaps are allowed (RFC 3261 section 12.2.1.1).
 */
export const SEQUENCE_RANGE = 20;

/** Numbers that are kept for a BYE and its repetitions with credentials: it must not wait for the database. */
export const SPARE_NUMBERS = 10;
