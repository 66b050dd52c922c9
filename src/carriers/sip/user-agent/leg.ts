import type { SavedDialog, SavedLeg } from './saved-leg.ts';
import type { SipFailure } from './sip-failure.ts';

/** A description that a phone sent, to be acknowledged once; with the answer to it where it is an offer. */
export interface Answer {
  /** Undefined where the phone sent none, which happens with phones that do not follow RFC 3264. */
  readonly sdp: string | undefined;
  ack(answer?: string): void;
}

/** A re-INVITE or UPDATE of the phone: hold, other codecs, refresh. One of the two is called, once. */
export interface ReInvite {
  /** Undefined: the phone wants an offer. */
  readonly offer: string | undefined;
  /** Resolves when the phone has acknowledged it, with the answer that it wants an offer for; undefined if it sent none. */
  accept(sdp: string): Promise<string | undefined>;
  /** With a code of 400 to 699. */
  reject(code: number): void;
}

export interface LegEvents {
  /** 180 and all others above 100, each time. */
  ringing(code: number): void;
  /** A description that came before the answer. */
  earlyMedia(sdp: string): void;
  reInvite(request: ReInvite): void;
  /** The phone ended a confirmed leg, or is gone. Never after hangUp(). */
  ended(cause: 'bye' | SipFailure): void;
  /** `saved` is another: authentication tried, answered, sequence number, target or description moved. To be written. */
  changed(saved: SavedLeg): void;
}

/** What is between this node and one phone. */
export interface Leg {
  readonly saved: SavedLeg;
  /**
   * Seconds after which this side is to refresh the session, again and again: half of what was agreed (RFC 4028
   * section 10). Undefined while there is no session, and where the phone refreshes it; this leg then watches that it
   * does, and tells by ended().
   */
  readonly refreshEvery: number | undefined;
  /** Sends the INVITE; until then nothing has left. @throws SipFailure */
  call(): Promise<Answer>;
  /** Offers another description, or has the phone offer one. Tries again when both do so at once. @throws SipFailure */
  reInvite(offer: string | undefined): Promise<Answer>;
  /** Offers again what this phone was last sent. @throws SipFailure */
  refresh(): Promise<Answer>;
  /**
   * Ends the leg in whatever phase it is: CANCEL, or ACK and BYE; an answer that crosses the CANCEL is acknowledged and
   * ended. Resolves at the latest after 64*T1; never rejects.
   * @param reason as the header field Reason says it (RFC 3326, protocol SIP)
   * @returns whether the phone knows
   */
  hangUp(reason?: Reason): Promise<boolean>;
  /** Leaves the leg to another process. A phone that rings hears nothing, unless it answers this process: that is ended. */
  letGo(): void;
}

export interface Reason {
  readonly cause: number;
  readonly text: string;
}

export interface UserAgentStatus {
  readonly registration: 'none' | 'registering' | 'registered' | { readonly failure: string };
  readonly dialogs: number;
  /** Those that live, with what is being repeated: 0 a while after the last call. */
  readonly transactions: number;
}

export interface UserAgent {
  /** sip:… of this node, as peers see it. */
  readonly contact: string;
  /**
   * A new leg, of which nothing has been sent yet.
   * @param to the phone's SIP URI
   * @param offer undefined: the phone makes it
   * @param headers whole lines, such as `P-Asserted-Identity: <sip:+12025550100@example.com>`
   * @throws SipFailure 484 where an address is no SIP URI
   */
  prepareLeg(
    to: string,
    from: { readonly uri: string; readonly displayName?: string },
    offer: string | undefined,
    headers: readonly string[],
    events: LegEvents,
  ): Leg;
  /** Goes on with a confirmed leg of another process; the next request carries this node's Contact. */
  adoptLeg(saved: SavedDialog, events: LegEvents): Leg;
  /** Ends what is left of a leg of another process. @returns whether the phone knows, or what is saved is of no use */
  releaseLeg(saved: SavedLeg): Promise<boolean>;
  readonly status: () => UserAgentStatus;
  /** Tells no phone and no registrar anything: the legs stay for others, who may register the same name. */
  close(): Promise<void>;
}
