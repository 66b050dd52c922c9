import { type PeerReason, type Reason, SipFailure } from '@clicktocall/sip';
import type { DisconnectionReason } from '../../core/calls/call.ts';
import type { Ending, Progress } from '../../core/calls/transition-store.ts';
import type { CarrierDeps, LegName } from '../carrier.ts';
import * as endings from '../leg-endings.ts';

/** How a call ends before it is connected if this node is at fault. */
export const FAILED_CALL = { state: 'failed', reason: 'other' } as const satisfies Progress;

/** Busy Here, Busy Everywhere, Decline (RFC 3261 sections 21.4.24, 21.6.1 and 21.6.2). */
const BUSY_CODES = [486, 600, 603];
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
const REQUEST_TIMEOUT = 408;
/** The phone is dead, or no longer knows the call (RFC 3261 section 12.2.1.2). */
const GONE_CODES = [REQUEST_TIMEOUT, 481];
/** The phone does not accept the offer, or an INVITE without one (RFC 3261 sections 21.4.13, 21.4.26 and 21.6.4). */
const OFFER_REFUSED_CODES = [415, NOT_ACCEPTABLE_HERE, NOT_ACCEPTABLE];
/** The peer requires credentials: none are configured, or it refused them (RFC 3261 section 22). */
const UNAUTHORIZED_CODES = [401, 407];
/** Of this server itself: not a SIP address; no address for this phone. */
const NO_ADDRESS_CODES = [484, 604];
/** Of this server itself: no response; no connection. */
const UNREACHED_CODES = [REQUEST_TIMEOUT, 503];

/** How a call ends if this phone could not be called, or refused. @param rang whether the phone is known to have rung */
export function endingOf(leg: LegName, error: unknown, rang = false): Ending {
  if (!(error instanceof SipFailure))
    return endings.endingOfUnanswered(leg, { text: messageOf(error) }, 'failure');
  if (!error.local) return endings.endingOfUnanswered(leg, { ...legEndOf(leg, error), rang });
  const failure = NO_ADDRESS_CODES.includes(error.code)
    ? 'invalidNumber'
    : UNREACHED_CODES.includes(error.code)
      ? 'networkFailure'
      : 'failure';
  return endings.endingOfUnanswered(leg, legEndOf(leg, error), failure);
}

/** How a call ends at the ring timeout. @param responded whether the phone, or a proxy, responded at all */
export function endingOfTimeout(leg: LegName, seconds: number, responded: boolean): Ending {
  return responded
    ? endings.endingOfUnanswered(leg, { text: `no answer within ${seconds} s` }, 'noAnswer')
    : endings.endingOfUnanswered(leg, { text: `no response within ${seconds} s` }, 'networkFailure');
}

/** How a call ends if the caller hangs up before the callee has answered. */
export function endingOfAbandoned(reason: PeerReason = {}): Ending {
  return endings.endingOfAbandoned(reason);
}

/** How a connected call ends if this phone hangs up. */
export function endingOfBye(leg: LegName, reason: PeerReason = {}): Ending {
  return endings.endingOfHangUp({ leg, ...reason });
}

/** How a call ends if a phone that had answered is lost, or the phones cannot be connected. @param leg null if unknown */
export function endingOfLost(connected: boolean, leg: LegName | null, error: unknown): Ending {
  if (!(error instanceof SipFailure)) return endings.endingOfLost(connected, { leg, text: messageOf(error) });
  const end = legEndOf(leg, error);
  const silent = error.local || error.code === REQUEST_TIMEOUT;
  return endings.endingOfLost(connected, end, silent ? 'networkFailure' : undefined);
}

/** A status of this server's own is no cause: no peer sent it. */
function legEndOf(
  leg: LegName | null,
  { code, reason, local, peerReason: { q850Cause, text } }: SipFailure,
): endings.LegEnd {
  if (local) return { leg, text: reason };
  return { leg, sipStatus: code, q850Cause, text: [reason, text].filter(Boolean).join('; ') };
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

/** Whether a phone refused a request, and stays in the call. */
export function isRefused(error: unknown): boolean {
  return error instanceof SipFailure && !isGone(error);
}

/**
 * The response to a phone's re-INVITE that the other phone refused. Does not pass on redirections, challenges and failures: the
 * phone would call another address, send a password, or end its call.
 */
export function refusalOf(error: unknown): number {
  const code = error instanceof SipFailure ? error.code : NOT_ACCEPTABLE_HERE;
  return PASSED_CODES.includes(code) ? code : NOT_ACCEPTABLE_HERE;
}

/** Why the callee was not reached, as the caller's phone gets it. */
const CALLER_NOTICES: Partial<Readonly<Record<DisconnectionReason, Reason>>> = {
  calleeBusy: { cause: 486, text: 'Busy Here' },
  calleeDeclined: { cause: 603, text: 'Decline' },
  calleeNoAnswer: { cause: 480, text: 'Temporarily Unavailable' },
  calleeNotRegistered: { cause: 480, text: 'Temporarily Unavailable' },
  calleeForbidden: { cause: 403, text: 'Forbidden' },
  calleeWrongNumber: { cause: 404, text: 'Not Found' },
};

/** The reason that the caller's phone gets; undefined if the phone knows why the call ends. @param error the failure of the callee */
export function reasonOf(progress: Progress, error?: unknown): Reason | undefined {
  if (error instanceof NoCommonMedia) return { cause: error.code, text: error.reason };
  return 'reason' in progress ? CALLER_NOTICES[progress.reason] : undefined;
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
 * Logs why a phone did not answer, in one line without a stack. Responses of phones are routine. Failures on this side, and missing
 * credentials, are warnings, because an operator can fix them. Anything else is a bug, and has its stack.
 */
export function logUnanswered(
  log: Pick<CarrierDeps['log'], 'info' | 'warn' | 'error'>,
  callId: string,
  leg: LegName,
  error: unknown,
): void {
  const message = 'sip: phone did not answer';
  if (!(error instanceof SipFailure)) log.error({ callId, leg, err: error }, message);
  else if (error.local) log.warn({ callId, leg, reason: error.reason }, message);
  else {
    const level = UNAUTHORIZED_CODES.includes(error.code) ? 'warn' : 'info';
    const { q850Cause } = error.peerReason;
    const cause = { status: error.code, reason: error.reason, ...(q850Cause !== undefined && { q850Cause }) };
    log[level]({ callId, leg, ...cause }, message);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
