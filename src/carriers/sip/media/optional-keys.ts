import type { Answer, Leg, ReInvite } from '@clicktocall/sip';
import { makeKeysOptional, protectionOf, requireKeys } from './protection.ts';

/**
 * A leg whose phone calls encryption optional (RTP/AVP with keys), for the conversation with a phone that requires it (RTP/SAVP):
 * each phone gets its own profile, and the keys stay as they are.
 */
export function requireKeysOf(leg: Leg): Leg {
  return {
    get saved() {
      const { saved } = leg;
      if (saved.phase !== 'confirmed' || saved.description.sdp === undefined) return saved;
      return { ...saved, description: { ...saved.description, sdp: requireKeys(saved.description.sdp) } };
    },
    get refreshEvery() {
      return leg.refreshEvery;
    },
    get responded() {
      return leg.responded;
    },
    call: async () => requireKeysInAnswer(await leg.call()),
    reInvite: async (offer) => requireKeysInAnswer(await leg.reInvite(offer && makeKeysOptional(offer))),
    refresh: async () => requireKeysInAnswer(await leg.refresh()),
    isAlive: () => leg.isAlive(),
    sendInfo: (info) => leg.sendInfo(info),
    hangUp: (reason) => leg.hangUp(reason),
    handOver: () => leg.handOver(),
  };
}

/** An answer, or an offer in a 2xx, of such a phone. */
export function requireKeysInAnswer({ sdp, ack }: Answer): Answer {
  return {
    sdp: sdp && requireKeys(sdp),
    ack: (answer) => ack(answer && makeKeysOptional(answer)),
  };
}

/** A request of such a phone. */
export function requireKeysIn(request: ReInvite): ReInvite {
  return {
    offer: request.offer && requireKeys(request.offer),
    async accept(sdp) {
      const answer = await request.accept(makeKeysOptional(sdp));
      return answer && requireKeys(answer);
    },
    reject: request.reject,
  };
}

/** Whether two legs were connected so. @param callerDescription the last descriptions for the two phones */
export function wereKeysRequired(callerDescription: string, calleeDescription: string): boolean {
  return protectionOf(callerDescription) === 'optional' && protectionOf(calleeDescription) === 'encrypted';
}
