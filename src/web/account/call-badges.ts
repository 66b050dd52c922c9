import type { CallState } from '../../core/calls/call.ts';
import type { UserCallOutcome } from '../../core/calls/user-call-service.ts';
import { badge } from '../../platform/http/pages/elements.ts';
import { OUTCOME_WORDS } from '../representations/outcome-words.ts';

const STATES: Readonly<Record<CallState, string>> = {
  initiating: 'Starting',
  callingCaller: 'Your phone is ringing',
  callingCallee: 'Their phone is ringing',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

const TONES: Readonly<Record<UserCallOutcome, 'good' | 'bad' | 'busy' | 'plain'>> = {
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

export function outcomeBadge(outcome: UserCallOutcome): string {
  return badge(OUTCOME_WORDS[outcome].label, TONES[outcome]);
}
