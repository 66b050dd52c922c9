import { readField } from './message-text.ts';

const CR = 13;
const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** The longest message that is read; a UDP datagram cannot be longer. */
export const LONGEST_MESSAGE = 65_536;

export interface Framed {
  message(raw: string): void;
  /** A double CRLF between messages: the peer asks for a sign of life (RFC 5626 section 4.4.1). */
  ping(): void;
}

/** Cuts a stream of bytes into messages by their Content-Length (RFC 3261 section 18.3). */
export class StreamFramer {
  #rest: Buffer = Buffer.alloc(0);
  #lineEnds = 0;
  readonly #framed: Framed;

  constructor(framed: Framed) {
    this.#framed = framed;
  }

  /** @throws Error where the stream makes no sense any more, or a message is too long; it cannot be read on */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#skipLineEnds() && this.#takeMessage());
  }

  #skipLineEnds(): boolean {
    let at = 0;
    for (; this.#rest[at] === CR || this.#rest[at] === LF; at++) {
      if (this.#rest[at] === CR) continue;
      this.#lineEnds++;
      if (this.#lineEnds % 2 === 0) this.#framed.ping();
    }
    this.#rest = this.#rest.subarray(at);
    return this.#rest.length > 0;
  }

  #takeMessage(): boolean {
    const end = this.#rest.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.#rest.length > LONGEST_MESSAGE) throw new Error('a message without an end');
      return false;
    }
    const length = readField(this.#rest.toString('latin1', 0, end), 'Content-Length|l') ?? '0';
    if (!/^\d{1,9}\s*$/.test(length)) throw new Error('a Content-Length that is no number');
    const size = end + END_OF_HEAD.length + Number(length);
    if (size > LONGEST_MESSAGE) throw new Error(`a message of ${size} bytes`);
    if (this.#rest.length < size) return false;
    const raw = this.#rest.toString('utf8', 0, size);
    this.#rest = this.#rest.subarray(size);
    this.#lineEnds = 0;
    this.#framed.message(raw);
    return true;
  }
}
