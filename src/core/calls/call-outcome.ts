/**
 * The outcome of an ended call. `answered` means that both phones were answered; the other outcomes apply to calls that ended
 * before. The database derives the outcome from the disconnection reason (function and table call_outcome(s)).
 */
export const OUTCOMES = ['answered', 'busy', 'declined', 'noAnswer', 'abandoned', 'failed', 'other'] as const;

export type Outcome = (typeof OUTCOMES)[number];
