import type { SipFailure } from './failure.ts';
import type { PeerReason } from './reason-header.ts';
import type { SavedLeg } from './saved-leg.ts';

/** The description in a phone's 2xx. It must be acknowledged once, with an answer if the description is an offer. */
export interface Answer {
  /** Undefined if the phone sent none, against RFC 3264. */
  readonly sdp: string | undefined;
  ack(answer?: string): void;
}

/** A re-INVITE or UPDATE of the phone: hold, other codecs, refresh. Call `accept` or `reject`, once. */
export interface ReInvite {
  /** Undefined: the phone requests an offer. */
  readonly offer: string | undefined;
  /** Resolves when the ACK arrives: with the phone's answer, if it requested an offer and sent an answer. */
  accept(sdp: string): Promise<string | undefined>;
  /** @param code 400 to 699 */
  reject(code: number): void;
}

/** Information of an application, such as a pressed key (RFC 6086 section 4.2.1, legacy usage). */
export interface Info {
  readonly contentType: string;
  readonly content: string;
}

/** An INFO of the phone. Call `accept` or `reject`, once. */
export interface InfoRequest extends Info {
  accept(): void;
  /** @param code 400 to 699 */
  reject(code: number): void;
}

/** The description of a phone that rings. */
export interface EarlyMedia {
  readonly sdp: string;
  /** The description that the phone has: it sends its media there. */
  readonly offer: string;
  /**
   * Gives the phone another one by UPDATE (RFC 3311), and resolves when it has responded.
   * @returns its answer; undefined if it cannot do this, refuses, or has answered the call in the meantime
   */
  update(offer: string): Promise<string | undefined>;
}

export interface LegEvents {
  /** Called for every provisional response above 100. */
  ringing(code: number): void;
  /** A description arrived before the answer. */
  earlyMedia(early: EarlyMedia): void;
  reInvite(request: ReInvite): void;
  info(request: InfoRequest): void;
  /** The phone ended a confirmed leg, or is gone. Not called after hangUp(). @param reason of the BYE */
  ended(cause: 'bye' | SipFailure, reason?: PeerReason): void;
  /**
   * `saved` changed and must be stored: before an INVITE or a request with a new range of sequence numbers is sent, and after an
   * answer, another target or description. A leg has several records, with different ids, while several servers may answer.
   * @returns whether it is stored
   */
  changed(saved: SavedLeg): Promise<boolean>;
  /** The record with this id is not needed any more: no phone is in the call because of it. */
  forgotten(id: string): void;
}

/** The signalling with one phone. */
export interface Leg {
  readonly saved: SavedLeg;
  /**
   * Seconds between the refreshes that this node must send: half of the agreed interval (RFC 4028 section 10). Undefined
   * if there is no session yet, or if the phone refreshes it: then the leg calls ended() if the phone stops doing so.
   */
  readonly refreshEvery: number | undefined;
  /** Whether the INVITE got any response, also 100: without one, the phone and its proxy are unreachable. */
  readonly responded: boolean;
  /** Sends the INVITE. Nothing is sent before. @throws SipFailure */
  call(): Promise<Answer>;
  /** Offers another description, or asks the phone for an offer. Retries if both sides do this at the same time. @throws SipFailure */
  reInvite(offer: string | undefined): Promise<Answer>;
  /** Repeats the last offer. @throws SipFailure */
  refresh(): Promise<Answer>;
  /** Asks the phone whether it is still in the call. @returns false if it does not respond within 64*T1, or does not know the call */
  isAlive(): Promise<boolean>;
  /** Sends an INFO. @throws SipFailure */
  sendInfo(info: Info): Promise<void>;
  /**
   * Ends the leg in any phase: with CANCEL, or with ACK and BYE. An answer that crosses the CANCEL is acknowledged and
   * ended. Resolves within 64*T1; never rejects.
   * @param reason sent as the header field Reason (RFC 3326, protocol SIP)
   * @returns whether the phone confirmed the end
   */
  hangUp(reason?: Reason): Promise<boolean>;
  /** Leaves the leg to another process. Sends nothing; if the phone answers this process, the leg is ended. */
  handOver(): void;
}

export interface Reason {
  readonly cause: number;
  readonly text: string;
}
