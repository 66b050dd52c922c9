import { html } from 'ghtml';
import type { CallState } from '../../core/calls/call.ts';
import type { UserCall, UserCallOutcome } from '../../core/calls/user-call-service.ts';
import { badge } from '../../platform/http/pages/elements.ts';
import { OUTCOME_WORDS } from '../representations/outcome-words.ts';
import { REASON_WORDS } from '../representations/reason-words.ts';

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
  declined: 'bad',
  noAnswer: 'bad',
  abandoned: 'plain',
  failed: 'bad',
  other: 'bad',
};

/** The state of an ongoing call. */
export function ongoingBadge(state: CallState): string {
  return badge(STATES[state], state === 'connected' ? 'good' : 'busy');
}

/** The outcome of a call, and why it ended, unless both parties talked and one hung up. */
export function outcomeCell({ outcome, reason }: UserCall): string {
  const label = badge(OUTCOME_WORDS[outcome].label, TONES[outcome]);
  if (reason === null || (outcome === 'answered' && reason === 'hangUp')) return label;
  return html`!${label}<br><span class="soft">${REASON_WORDS[reason].toUser}</span>`;
}
