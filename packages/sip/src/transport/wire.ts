import type { Target } from './locator.ts';
import type { Hop } from './next-hop.ts';

/** The address and port of a peer. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

export type Receive = (raw: string, from: Source) => void;

/** The sockets of one protocol. */
export interface Wire {
  /** The port that it listens on. */
  readonly port: number;
  /** Whether the protocol delivers what is sent, or reports an error. */
  readonly reliable: boolean;
  /** @throws Error if the target cannot be reached; over UDP almost never */
  send(raw: string, target: Target): Promise<void>;
  /** Sends a response to where its request came from. */
  reply(raw: string, hop: Hop): Promise<void>;
  /** Rejects with an Error if certainly nothing listens at the target. */
  probe(target: Target): Promise<void>;
  close(): Promise<void>;
}

export type Direction = 'received' | 'sent';

/** malformed: dropped unread; unreachable: no way to the next hop; unanswered: timer B or F expired. */
export type SipFault = 'malformed' | 'unreachable' | 'unanswered';

/** Counts messages. A method is one that this stack knows, or `other`, so that no peer can invent a label. */
export interface SipCounters {
  /** Also called for repetitions. @param status of a response, 100 to 699; undefined for a request */
  message(direction: Direction, method: string, status: number | undefined): void;
  /** A request, or the final response to an INVITE, was sent again because no answer came. */
  retransmission(method: string): void;
  failure(fault: SipFault): void;
}
