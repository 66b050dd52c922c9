import type { CallState } from '../../core/calls/call.ts';
import type { PersonOutcome } from '../../core/calls/person-call-service.ts';
import { badge } from '../../platform/http/pages/elements.ts';

const STATES: Readonly<Record<CallState, string>> = {
  initiating: 'Beginning',
  callingCaller: 'Your phone rings',
  callingCallee: 'Their phone rings',
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

export function stateBadge(state: CallState): string {
  return badge(STATES[state], state === 'connected' ? 'good' : 'busy');
}

export function outcomeBadge(outcome: PersonOutcome): string {
  return badge(OUTCOME_WORDS[outcome], TONES[outcome]);
}
