import {
  type EndCause,
  type LegName,
  Q850_CAUSES,
  type REASONS_BY_STATE,
  SIP_STATUSES,
} from '../core/calls/call.ts';
import type { Ending } from '../core/calls/transition-store.ts';
import type { NumberRange } from '../platform/number-range.ts';

/** What a carrier knows about the end of one leg. */
export interface LegEnd {
  /** Null if unknown. */
  readonly leg: LegName | null;
  /** Status of a SIP response, or of a Reason header field with the protocol SIP (RFC 3326). */
  readonly sipStatus?: number | undefined;
  /** Cause of ITU-T Q.850. */
  readonly q850Cause?: number | undefined;
  /** The peer's phrase, or this server's error. */
  readonly text?: string | undefined;
  /** Whether the phone is known to have rung. */
  readonly rang?: boolean;
}

/** Why a phone was not answered. */
export type LegFailure =
  | 'busy'
  | 'declined'
  | 'noAnswer'
  | 'notRegistered'
  | 'forbidden'
  | 'notFound'
  | 'invalidNumber'
  | 'noCommonMedia'
  | 'networkFailure'
  | 'failure';

/** Statuses of one meaning (RFC 3261 section 21, unless another RFC is named). */
export const SIP_FAILURES: Readonly<Record<number, LegFailure>> = {
  403: 'forbidden',
  404: 'notFound',
  408: 'noAnswer',
  410: 'invalidNumber',
  415: 'noCommonMedia',
  433: 'forbidden', // Anonymity Disallowed, RFC 5079
  484: 'invalidNumber',
  485: 'invalidNumber',
  486: 'busy',
  487: 'noAnswer',
  488: 'noCommonMedia',
  600: 'busy',
  603: 'declined',
  604: 'invalidNumber',
  606: 'noCommonMedia',
  607: 'declined', // Unwanted, RFC 8197
  608: 'declined', // Rejected, RFC 8688
};

/** Statuses of several meanings: a cause of Q.850 is more precise. After ringing, 480 means that the phone was not answered (RFC 3398). */
export const GENERAL_SIP_FAILURES: Readonly<Record<number, LegFailure>> = {
  480: 'notRegistered',
  500: 'networkFailure',
  502: 'networkFailure',
  503: 'networkFailure',
  504: 'networkFailure',
};

/** RFC 3398 section 8.2.6.1. Asterisk has 44 for a phone that stopped sending media, and 58 for 488 and 606. */
export const Q850_FAILURES: Readonly<Record<number, LegFailure>> = {
  1: 'notFound',
  2: 'notFound',
  3: 'notFound',
  17: 'busy',
  19: 'noAnswer',
  20: 'notRegistered',
  21: 'declined',
  22: 'invalidNumber',
  27: 'networkFailure',
  28: 'invalidNumber',
  34: 'networkFailure',
  38: 'networkFailure',
  41: 'networkFailure',
  42: 'networkFailure',
  44: 'networkFailure',
  47: 'networkFailure',
  53: 'forbidden',
  55: 'forbidden',
  57: 'forbidden',
  58: 'noCommonMedia',
  65: 'noCommonMedia',
  70: 'noCommonMedia',
  87: 'forbidden',
  88: 'noCommonMedia',
  102: 'networkFailure',
};

const TEMPORARILY_UNAVAILABLE = 480;
/** Q.850: no user responding. Without ringing, the peer never responded. */
const NO_USER_RESPONDING = 18;
/** Q.850: normal clearing; normal, unspecified; and 0, which Asterisk has without a cause. */
const NORMAL = [16, 31, 0];

type FailedReason = (typeof REASONS_BY_STATE)['failed'][number];

export const REASONS: Readonly<Record<LegName, Readonly<Record<Exclude<LegFailure, 'busy'>, FailedReason>>>> =
  {
    caller: {
      declined: 'callerDeclined',
      noAnswer: 'callerNoAnswer',
      notRegistered: 'callerNotRegistered',
      forbidden: 'callerForbidden',
      notFound: 'callerNotRegistered', // the PBX knows no address of the person's own phone
      invalidNumber: 'callerWrongNumber',
      noCommonMedia: 'noCommonMedia',
      networkFailure: 'networkFailure',
      failure: 'callerFailure',
    },
    callee: {
      declined: 'calleeDeclined',
      noAnswer: 'calleeNoAnswer',
      notRegistered: 'calleeNotRegistered',
      forbidden: 'calleeForbidden',
      notFound: 'calleeWrongNumber',
      invalidNumber: 'calleeWrongNumber',
      noCommonMedia: 'noCommonMedia',
      networkFailure: 'networkFailure',
      failure: 'calleeFailure',
    },
  };

/** How a call ends if one of its phones is not answered. */
export function endingOfUnanswered(
  leg: LegName,
  end: Omit<LegEnd, 'leg'>,
  failure: LegFailure = failureOf(end),
): Ending {
  const cause = causeOf({ ...end, leg });
  return failure === 'busy'
    ? { state: 'disconnected', reason: leg === 'caller' ? 'callerBusy' : 'calleeBusy', cause }
    : { state: 'failed', reason: REASONS[leg][failure], cause };
}

/** How a call ends if the caller's phone, which had answered, hangs up before the callee's answers. */
export function endingOfAbandoned(end: Omit<LegEnd, 'leg'>): Ending {
  return { state: 'disconnected', reason: 'callerAbandon', cause: causeOf({ ...end, leg: 'caller' }) };
}

/** How a connected call ends if one of its phones hangs up. A network or a server on the way may hang up for the phone. */
export function endingOfHangUp(end: LegEnd, failure: LegFailure = failureOf(end)): Ending {
  const lost = endingOfLost(true, end, failure);
  const normal = failure !== 'failure' || NORMAL.includes(lost.cause?.q850Cause ?? 0);
  return lost.reason === 'other' && normal ? { ...lost, state: 'disconnected', reason: 'hangUp' } : lost;
}

/** How a call ends if a phone that had answered, or the carrier, is lost. */
export function endingOfLost(
  connected: boolean,
  end: LegEnd,
  failure: LegFailure = failureOf(end),
): Ending & { readonly reason: 'noCommonMedia' | 'networkFailure' | 'other' } {
  return {
    state: connected ? 'disconnected' : 'failed',
    reason: failure === 'networkFailure' || failure === 'noCommonMedia' ? failure : 'other',
    cause: causeOf(end),
  };
}

export function failureOf({ sipStatus = 0, q850Cause = 0, rang = false }: Partial<LegEnd>): LegFailure {
  const precise = SIP_FAILURES[sipStatus] ?? Q850_FAILURES[q850Cause];
  if (precise) return precise;
  if (sipStatus === TEMPORARILY_UNAVAILABLE && rang) return 'noAnswer';
  const general = GENERAL_SIP_FAILURES[sipStatus];
  if (general) return general;
  if (q850Cause === NO_USER_RESPONDING) return rang ? 'noAnswer' : 'networkFailure';
  return 'failure';
}

/** Peers choose the text freely, so it is cut, and cleared of characters that JSON in PostgreSQL does not accept. */
const MAX_TEXT = 200;
const CONTROL_CHARACTERS = /\p{Control}+/gu;

function causeOf({ leg, sipStatus, q850Cause, text }: LegEnd): EndCause {
  const shown = text?.replace(CONTROL_CHARACTERS, ' ').slice(0, MAX_TEXT).toWellFormed().trim();
  return {
    leg,
    sipStatus: within(SIP_STATUSES, sipStatus),
    q850Cause: within(Q850_CAUSES, q850Cause),
    text: shown || null,
  };
}

/** Peers choose the number freely, too. One that is no status, or no cause, has no meaning, and no search finds it. */
function within({ min, max }: NumberRange, value: number | undefined): number | null {
  return value !== undefined && value >= min && value <= max ? value : null;
}
