import type { CallState } from '../calls/call.ts';
import { badge } from '../http/pages/elements.ts';

const STATES: Readonly<Record<CallState, string>> = {
  initiating: 'Beginning',
  callingCaller: 'Caller’s phone rings',
  callingCallee: 'Callee’s phone rings',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

export function stateWords(state: CallState): string {
  return STATES[state];
}

export function stateBadge(state: CallState): string {
  return badge(STATES[state], state === 'connected' ? 'good' : state === 'failed' ? 'bad' : 'busy');
}

/** Who called whom. */
export function parties({
  caller,
  callee,
}: {
  readonly caller: string | null;
  readonly callee: string;
}): string {
  return `${caller ?? 'no number'} → ${callee}`;
}
