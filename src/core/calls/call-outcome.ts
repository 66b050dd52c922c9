/**
 * What became of an ended call, in one word: `answered` when both phones were, whatever ended it later; the others before
 * that. The database assigns them (call_outcome in database/functions/), by a table that new reasons are added to.
 */
export const OUTCOMES = ['answered', 'busy', 'noAnswer', 'abandoned', 'failed', 'other'] as const;

export type Outcome = (typeof OUTCOMES)[number];
