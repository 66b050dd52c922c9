export type Direction = 'received' | 'sent';

/** malformed: thrown away unread; unreachable: no way to the next hop; unanswered: timer B or F. */
export type SipFault = 'malformed' | 'unreachable' | 'unanswered';

/** Hears how much is said on the wire. Methods are those of METHODS, or `other`: no peer can invent a label. */
export interface SipCounters {
  /** `status` is undefined for requests, else the code of the response, 100 to 699. Repetitions count too. */
  message(direction: Direction, method: string, status: number | undefined): void;
  /** A request, or a final response to an INVITE, was sent again for want of an answer. */
  retransmission(method: string): void;
  failure(fault: SipFault): void;
}
