import type { CallState } from '../../core/calls/call.ts';
import type { Outcome } from '../../core/calls/person-call-service.ts';
import { badge } from '../../platform/http/pages/elements.ts';

const STATES: Readonly<Record<CallState, string>> = {
  initiating: 'Beginning',
  callingCaller: 'Your phone rings',
  callingCallee: 'Their phone rings',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  ongoing: 'Ongoing',
  connected: 'Connected',
  busy: 'Busy',
  noAnswer: 'No answer',
  cancelled: 'Ended before an answer',
  failed: 'Failed',
};

const TONES: Readonly<Record<Outcome, 'good' | 'bad' | 'busy' | 'plain'>> = {
  ongoing: 'busy',
  connected: 'good',
  busy: 'bad',
  noAnswer: 'bad',
  cancelled: 'plain',
  failed: 'bad',
};

export function stateBadge(state: CallState): string {
  return badge(STATES[state], state === 'connected' ? 'good' : 'busy');
}

export function outcomeBadge(outcome: Outcome): string {
  return badge(OUTCOME_WORDS[outcome], TONES[outcome]);
}
