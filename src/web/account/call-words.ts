import type { CallState } from '../../core/calls/call.ts';
import type { PersonOutcome } from '../../core/calls/person-call-service.ts';
import { badge } from '../../platform/http/pages/elements.ts';

const STATES: Readonly<Record<CallState, string>> = {
  initiating: 'Starting',
  callingCaller: 'Your phone is ringing',
  callingCallee: 'Their phone is ringing',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

export const OUTCOME_WORDS: Readonly<Record<PersonOutcome, string>> = {
  ongoing: 'Ongoing',
  answered: 'Connected',
  busy: 'Busy',
  noAnswer: 'No answer',
  abandoned: 'Ended before an answer',
  failed: 'Failed',
  other: 'Other',
};

const TONES: Readonly<Record<PersonOutcome, 'good' | 'bad' | 'busy' | 'plain'>> = {
  ongoing: 'busy',
  answered: 'good',
  busy: 'bad',
  noAnswer: 'bad',
  abandoned: 'plain',
  failed: 'bad',
  other: 'bad',
};

/** The state of an ongoing call. */
export function ongoingBadge(state: CallState): string {
  return badge(STATES[state], state === 'connected' ? 'good' : 'busy');
}

export function outcomeBadge(outcome: PersonOutcome): string {
  return badge(OUTCOME_WORDS[outcome], TONES[outcome]);
}
