import type { CarrierParts } from '../carrier.ts';
import type { LegName } from './outcomes.ts';
import { SipFailure } from './user-agent/sip-failure.ts';

/** The peer wants credentials: none were set, or it refused them (RFC 3261 section 22). */
const CREDENTIALS_WANTED = [401, 407];

/** Why a phone cannot be called at all; without who it belongs to, which is told by the call. */
export function withoutAddress(leg: LegName): SipFailure {
  const why = {
    caller: 'the user has neither a number nor a SIP address of their own',
    callee: 'the callee is no number that can be dialled',
  };
  return new SipFailure(604, why[leg], true); // Does Not Exist Anywhere
}

/**
 * Logs in one line, without a stack, why a phone did not answer: what phones say is everyday life; what this side could
 * not do, and what it was not let do, is for whoever runs the server to mend.
 */
export function tellUnreached(
  log: Pick<CarrierParts['log'], 'debug' | 'info' | 'warn'>,
  callId: string,
  leg: LegName,
  error: unknown,
): void {
  const words = 'a phone was not reached';
  if (!(error instanceof SipFailure)) {
    log.debug({ callId, leg, err: error }, words);
    log.warn({ callId, leg, reason: String(error) }, words);
  } else if (error.local) log.warn({ callId, leg, reason: error.reason }, words);
  else {
    const level = CREDENTIALS_WANTED.includes(error.code) ? 'warn' : 'info';
    log[level]({ callId, leg, status: error.code, reason: error.reason }, words);
  }
}
