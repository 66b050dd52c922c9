import type { Core } from 'sip.js';

/** The call does not exist there (any more). */
const UNKNOWN_THERE = 481;

/**
 * Sends what ends a leg; never rejects.
 * @param send a BYE or a CANCEL, with what is to hear of its final response
 * @returns whether the leg has ended there: with a 2xx, or long ago (RFC 3261 section 15.1.1). Whatever else comes, or
 *   nothing, the phone may still believe in it
 */
export function told(send: (hear: Core.OutgoingRequestDelegate) => unknown): Promise<boolean> {
  const heard = new Promise<boolean>((resolve) => {
    const otherwise = ({ message }: Core.IncomingResponse) => resolve(message.statusCode === UNKNOWN_THERE);
    send({ onAccept: () => resolve(true), onReject: otherwise, onRedirect: otherwise });
  });
  return heard.catch(() => false); // sip.js throws where the dialog is over
}
