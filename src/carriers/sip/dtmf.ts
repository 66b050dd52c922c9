import { type InfoRequest, type Leg, SipFailure } from '@clicktocall/sip';
import { UNAVAILABLE_CODE } from './call-endings.ts';

/** The bodies with which phones send pressed keys in INFO. There is no RFC for them; `dtmf-relay` comes from Cisco. */
const DTMF =
  /^(?:application\/(?:dtmf-relay|dtmf|vnd\.nortelnetworks\.digits)|audio\/telephone-event)\s*(?:;|$)/i;

/** Passes pressed keys to the other phone, and its response back. Confirms other information, which concerns one leg only. */
export function passInfo(request: InfoRequest, to: Leg | undefined): void {
  if (!DTMF.test(request.contentType)) request.accept();
  else if (to === undefined) request.reject(UNAVAILABLE_CODE);
  else to.sendInfo(request).then(request.accept, (error) => request.reject(refusalOf(error)));
}

/** A code that does not end the call of the phone that gets it, as 408 and 481 would (RFC 3261 section 12.2.1.2). */
function refusalOf(error: unknown): number {
  const unsupported = error instanceof SipFailure && !error.local && [405, 415, 501].includes(error.code);
  return unsupported ? 415 : UNAVAILABLE_CODE;
}
