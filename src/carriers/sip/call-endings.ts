import { type Reason, SipFailure } from '@clicktocall/sip';
import type { Progress } from '../../core/calls/transition-store.ts';
import type { CarrierDeps, LegName } from '../carrier.ts';

const BUSY = {
  caller: { state: 'disconnected', reason: 'callerBusy' },
  callee: { state: 'disconnected', reason: 'calleeBusy' },
} as const satisfies Record<LegName, Progress>;

const FAILED = {
  caller: { state: 'failed', reason: 'callerFailure' },
  callee: { state: 'failed', reason: 'calleeFailure' },
} as const satisfies Record<LegName, Progress>;

/** How a call ends before it is connected if this node is at fault. */
export const FAILED_CALL = { state: 'failed', reason: 'other' } as const satisfies Progress;

/** How a call ends if that phone is not answered. */
export const NO_ANSWER = {
  caller: { state: 'failed', reason: 'callerNoAnswer' },
  callee: { state: 'failed', reason: 'calleeNoAnswer' },
} as const satisfies Record<LegName, Progress>;

/** Busy Here, Busy Everywhere, Decline (RFC 3261 sections 21.4.24, 21.6.1 and 21.6.2). */
const BUSY_CODES = [486, 600, 603];
/** Request Timeout, Temporarily Unavailable, Request Terminated: what proxies and phones send if a call is not answered. */
const NO_ANSWER_CODES = [408, 480, 487];
/** The other phone is not in the call yet (RFC 3261 section 21.4.18). */
export const UNAVAILABLE_CODE = 480;
/** Another exchange is in progress (RFC 3261 section 14.2); the phone tries again. */
export const REQUEST_PENDING = 491;
/** An offer cannot be agreed to (RFC 3261 section 21.4.26). Also stands for errors that a phone must not see. */
export const NOT_ACCEPTABLE_HERE = 488;
/** Not Acceptable (RFC 3261 section 21.6.4): no phone of the user accepts the description. */
const NOT_ACCEPTABLE = 606;
/** Responses to a re-INVITE that are passed to the phone that sent it. */
const PASSED_CODES = [...BUSY_CODES, NOT_ACCEPTABLE_HERE, REQUEST_PENDING, NOT_ACCEPTABLE];
/** The phone is dead, or no longer knows the call (RFC 3261 section 12.2.1.2). */
const GONE_CODES = [408, 481];
/** The phone does not accept the offer, or an INVITE without one (RFC 3261 sections 21.4.13, 21.4.26 and 21.6.4). */
const OFFER_REFUSED_CODES = [415, NOT_ACCEPTABLE_HERE, NOT_ACCEPTABLE];
/** The peer requires credentials: none are configured, or it refused them (RFC 3261 section 22). */
const UNAUTHORIZED_CODES = [401, 407];

/** How a call ends if this phone could not be called, or refused. */
export function endingOf(leg: LegName, error: unknown): Progress {
  if (!(error instanceof SipFailure) || error.local) return FAILED[leg];
  if (BUSY_CODES.includes(error.code)) return BUSY[leg];
  if (NO_ANSWER_CODES.includes(error.code)) return NO_ANSWER[leg];
  return FAILED[leg];
}

/** Whether another offer may succeed. */
export function isOfferRefused(error: unknown): error is SipFailure {
  return error instanceof SipFailure && !error.local && OFFER_REFUSED_CODES.includes(error.code);
}

/** The phones cannot talk to each other. The reason says what they do not have in common, also to the caller's phone. */
export class NoCommonMedia extends SipFailure {}

/** Whether a failed re-INVITE means that the phone is no longer in the call. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof SipFailure) || error.code === REQUEST_PENDING) return false;
  return error.local || GONE_CODES.includes(error.code);
}

/**
 * The response to a phone's re-INVITE that the other phone refused. Does not pass on redirections, challenges and failures: the
 * phone would call another address, send a password, or end its call.
 */
export function refusalOf(error: unknown): number {
  const code = error instanceof SipFailure ? error.code : NOT_ACCEPTABLE_HERE;
  return PASSED_CODES.includes(code) ? code : NOT_ACCEPTABLE_HERE;
}

const BUSY_HERE: Reason = { cause: 486, text: 'Busy Here' };
const UNAVAILABLE: Reason = { cause: 480, text: 'Temporarily Unavailable' };

/** The reason that the caller's phone gets; undefined if the phone knows why the call ends. @param error the failure of the callee */
export function reasonOf(
  { reason }: Progress & { readonly reason?: string },
  error?: unknown,
): Reason | undefined {
  if (error instanceof NoCommonMedia) return { cause: error.code, text: error.reason };
  if (reason === BUSY.callee.reason) return BUSY_HERE;
  return reason === NO_ANSWER.callee.reason ? UNAVAILABLE : undefined;
}

/** The failure of a phone without an address. Does not name the user, because the log line has the call. */
export function withoutAddress(leg: LegName): SipFailure {
  const reasons = {
    caller: 'the user has neither a phone number nor a SIP address',
    callee: 'the callee is not a number that can be dialled',
  };
  return new SipFailure(604, reasons[leg], true); // Does Not Exist Anywhere
}

/**
 * Logs why a phone did not answer, in one line without a stack. Responses of phones are routine. Errors on this side, and missing
 * credentials, are warnings, because an operator can fix them.
 */
export function logUnanswered(
  log: Pick<CarrierDeps['log'], 'debug' | 'info' | 'warn'>,
  callId: string,
  leg: LegName,
  error: unknown,
): void {
  const message = 'sip: phone did not answer';
  if (!(error instanceof SipFailure)) {
    log.debug({ callId, leg, err: error }, message);
    log.warn({ callId, leg, reason: String(error) }, message);
  } else if (error.local) log.warn({ callId, leg, reason: error.reason }, message);
  else {
    const level = UNAUTHORIZED_CODES.includes(error.code) ? 'warn' : 'info';
    log[level]({ callId, leg, status: error.code, reason: error.reason }, message);
  }
}
