import type { Target } from './locator.ts';
import type { Hop } from './next-hop.ts';

/** A peer as the wire knows it. */
export interface Source {
  readonly address: string;
  readonly port: number;
}

export type Receive = (raw: string, from: Source) => void;

/** Sockets of one protocol. */
export interface Wire {
  /** Where it listens. */
  readonly port: number;
  /** Whether what was sent also arrives, or an error says that it did not. */
  readonly reliable: boolean;
  /** @throws Error where the target cannot be reached; over UDP hardly ever */
  send(raw: string, target: Target): Promise<void>;
  /** Sends a response to where its request came from. */
  reply(raw: string, hop: Hop): Promise<void>;
  /** Whether somebody listens there, as far as can be told: rejects with an Error where surely nobody does. */
  probe(target: Target): Promise<void>;
  close(): Promise<void>;
}
