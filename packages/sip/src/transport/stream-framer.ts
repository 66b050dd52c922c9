import { readField } from './message-text.ts';

const CR = 13;
const LF = 10;
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Bytes of the longest message that is read; a UDP datagram cannot be longer. */
export const MAX_MESSAGE_LENGTH = 65_536;

export interface FrameHandler {
  message(raw: string): void;
  /** A double CRLF between messages: the peer checks that the connection is alive (RFC 5626 section 4.4.1). */
  ping(): void;
}

/** Splits a stream of bytes into messages by their Content-Length (RFC 3261 section 18.3). */
export class StreamFramer {
  #rest: Buffer = Buffer.alloc(0);
  #lineEnds = 0;
  readonly #handler: FrameHandler;

  constructor(handler: FrameHandler) {
    this.#handler = handler;
  }

  /** @throws Error if the stream is not SIP, or a message is too long; the stream cannot be read any further */
  push(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#skipLineEnds() && this.#takeMessage());
  }

  #skipLineEnds(): boolean {
    let at = 0;
    for (; this.#rest[at] === CR || this.#rest[at] === LF; at++) {
      if (this.#rest[at] === CR) continue;
      this.#lineEnds++;
      if (this.#lineEnds % 2 === 0) this.#handler.ping();
    }
    this.#rest = this.#rest.subarray(at);
    return this.#rest.length > 0;
  }

  #takeMessage(): boolean {
    const end = this.#rest.indexOf(END_OF_HEAD);
    if (end < 0) {
      if (this.#rest.length > MAX_MESSAGE_LENGTH) throw new Error('a message does not end');
      return false;
    }
    const length = readField(this.#rest.toString('latin1', 0, end), 'Content-Length|l') ?? '0';
    if (!/^\d{1,9}\s*$/.test(length)) throw new Error('Content-Length is not a number');
    const size = end + END_OF_HEAD.length + Number(length);
    if (size > MAX_MESSAGE_LENGTH) throw new Error(`a message of ${size} bytes is too long`);
    if (this.#rest.length < size) return false;
    const raw = this.#rest.toString('utf8', 0, size);
    this.#rest = this.#rest.subarray(size);
    this.#lineEnds = 0;
    this.#handler.message(raw);
    return true;
  }
}
