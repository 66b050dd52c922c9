import type { Outcome } from '../../core/calls/call-outcome.ts';

interface OutcomeWords {
  /** For tables and charts. */
  readonly label: string;
  /** For the API definition. */
  readonly meaning: string;
}

/** The texts for the outcome of a call, in all pages and in the API definition. */
export const OUTCOME_WORDS: Readonly<Record<Outcome | 'ongoing', OutcomeWords>> = {
  ongoing: { label: 'Ongoing', meaning: 'Not ended yet.' },
  answered: { label: 'Answered', meaning: 'Both parties answered.' },
  busy: { label: 'Busy', meaning: 'The caller or the callee was busy.' },
  declined: { label: 'Declined', meaning: 'The caller or the callee declined.' },
  noAnswer: { label: 'No answer', meaning: 'The caller or the callee did not answer in time.' },
  abandoned: { label: 'Canceled', meaning: 'Ended before both answered, by the caller or on request.' },
  failed: { label: 'Failed', meaning: 'A phone could not be reached, or the phones could not be connected.' },
  other: {
    label: 'Other',
    meaning: 'Ended before both answered for another reason: access removed, or deadline reached.',
  },
};
