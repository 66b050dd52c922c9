import type { Summary } from './message-text.ts';

/** Who is told what came. What it throws is caught. */
export interface Receiver {
  /** Whether a message is for anything that is known here. */
  expects(summary: Summary): boolean;
  /** A message that is expected, and has all that a message must have. */
  receive(raw: string, summary: Summary): void;
  /** A message of a stranger: it is worth no more than a look at its text. */
  turnAway(raw: string, summary: Summary): void;
  /** Whether a server transaction has sent the response: it is then repeated until its ACK comes (timer G). */
  isServerTransaction(branch: string): boolean;
}
