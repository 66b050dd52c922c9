import type { Progress } from '../../core/calls/transition-store.ts';
import type { Reason } from './user-agent/leg.ts';
import { SipFailure } from './user-agent/sip-failure.ts';

export type LegName = 'caller' | 'callee';

const BUSY = {
  caller: { state: 'disconnected', reason: 'callerBusy' },
  callee: { state: 'disconnected', reason: 'calleeBusy' },
} as const satisfies Record<LegName, Progress>;

const FAILED = {
  caller: { state: 'failed', reason: 'callerFailure' },
  callee: { state: 'failed', reason: 'calleeFailure' },
} as const satisfies Record<LegName, Progress>;

/** How a call ends when nobody picks that phone up. */
export const NO_ANSWER = {
  caller: { state: 'failed', reason: 'callerNoAnswer' },
  callee: { state: 'failed', reason: 'calleeNoAnswer' },
} as const satisfies Record<LegName, Progress>;

/** Busy Here, Busy Everywhere, Decline (RFC 3261 sections 21.4.24, 21.6.1 and 21.6.2). */
const BUSY_CODES = [486, 600, 603];
/** Request Timeout, Temporarily Unavailable, Request Terminated: what proxies and phones say when nobody picks up. */
const NO_ANSWER_CODES = [408, 480, 487];
/** What cannot be met while something else is under way (RFC 3261 section 14.2): it is tried again. */
export const REQUEST_PENDING = 491;
/** Of an offer that cannot be agreed to (RFC 3261 section 21.4.26), and of what only this server could mend. */
export const NOT_ACCEPTABLE_HERE = 488;
/** Not Acceptable (RFC 3261 section 21.6.4): no description of that kind anywhere. */
const NOT_ACCEPTABLE = 606;
/** Of a refused re-INVITE, what the phone that sent it is to be told as it is. */
const CARRIED_CODES = [...BUSY_CODES, NOT_ACCEPTABLE_HERE, REQUEST_PENDING, NOT_ACCEPTABLE];
/** The phone has died, or does not know the call any more (RFC 3261 section 12.2.1.2). */
const GONE_CODES = [408, 481];

/** How a call ends whose phone could not be called, or refused. */
export function endingOf(leg: LegName, error: unknown): Progress {
  if (!(error instanceof SipFailure) || error.local) return FAILED[leg];
  if (BUSY_CODES.includes(error.code)) return BUSY[leg];
  if (NO_ANSWER_CODES.includes(error.code)) return NO_ANSWER[leg];
  return FAILED[leg];
}

/** Whether a phone that did not agree within a call is not in it any more. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof SipFailure) || error.code === REQUEST_PENDING) return false;
  return error.local || GONE_CODES.includes(error.code);
}

/**
 * What a phone is told of its re-INVITE that the other one refused. Where that one has moved, wants a password or fails is
 * none of its business: it would call somebody, send a password or end its call.
 */
export function refusalOf(error: unknown): number {
  const code = error instanceof SipFailure ? error.code : NOT_ACCEPTABLE_HERE;
  return CARRIED_CODES.includes(code) ? code : NOT_ACCEPTABLE_HERE;
}

const BUSY_HERE: Reason = { cause: 486, text: 'Busy Here' };
const UNAVAILABLE: Reason = { cause: 480, text: 'Temporarily Unavailable' };

/** What the other phone is told of why the call ends; undefined for what it can see by itself. */
export function reasonOf({ reason }: Progress & { readonly reason?: string }): Reason | undefined {
  if (reason === BUSY.callee.reason) return BUSY_HERE;
  return reason === NO_ANSWER.callee.reason ? UNAVAILABLE : undefined;
}
