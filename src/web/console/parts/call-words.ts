import type { Call, CallState, DisconnectionReason, EndedBy } from '../../../core/calls/call.ts';
import { badge } from '../../../platform/http/pages/elements.ts';

export const STATE_WORDS: Readonly<Record<CallState, string>> = {
  initiating: 'Beginning',
  callingCaller: 'Caller’s phone rings',
  callingCallee: 'Callee’s phone rings',
  connected: 'Connected',
  disconnected: 'Ended',
  failed: 'Failed',
};

export const REASON_WORDS: Readonly<Record<DisconnectionReason, string>> = {
  hangUp: 'Hung up',
  callerBusy: 'Caller was busy',
  callerNoAnswer: 'Caller did not answer',
  callerFailure: 'Caller’s phone could not be reached',
  callerAbandon: 'Caller hung up before it was answered',
  calleeBusy: 'Callee was busy',
  calleeNoAnswer: 'Callee did not answer',
  calleeFailure: 'Callee’s phone could not be reached',
  other: 'Another reason',
};

export const ENDED_BY_WORDS: Readonly<Record<EndedBy, string>> = {
  client: 'the application',
  user: 'the user',
  carrier: 'a party, by telephone',
  sweeper: 'this server: its time was over',
  administrator: 'an administrator',
  revocation: 'this server: the permission was withdrawn',
};

/** A call that ended says why rather than that. */
export function stateBadge(state: CallState, reason?: DisconnectionReason | null): string {
  const text = reason ? REASON_WORDS[reason] : STATE_WORDS[state];
  if (state === 'failed') return badge(text, 'bad');
  if (state === 'disconnected') return badge(text);
  return badge(text, state === 'connected' ? 'good' : 'busy');
}

/** Who called whom. */
export function parties({ caller, callee }: Pick<Call, 'caller' | 'callee'>): string {
  return callee === '' ? 'Numbers removed' : `${caller ?? 'no number'} → ${callee}`;
}
