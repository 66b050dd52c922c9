/** Datagrams that libuv reads at most before it turns to other sockets. */
const READ_AT_ONCE = 32;
/** A flood of messages must not delay timers without end. */
const MAX_ROUNDS = 100;

/**
 * Knows when a socket has been read. A timer that is late fires before the messages that arrived in the meantime are read, so it
 * cannot know whether the response is among them.
 */
export class Reading {
  #messages = 0;
  #watching = false;
  /** The beginning of the first of the rounds in a row that had more messages than they read. */
  #fullSince: number | undefined;

  /** A datagram or a message was read. */
  count(): void {
    this.#messages++;
  }

  /** Calls back once a whole round of the event loop has brought no message. */
  finish(act: () => void, rounds = MAX_ROUNDS): void {
    const before = this.#messages;
    setImmediate(() => {
      if (this.#messages === before || rounds === 0) act();
      else this.finish(act, rounds - 1);
    });
  }

  /**
   * For how many milliseconds more messages have been waiting than a round reads. Watches the socket from the first call until a round
   * reads fewer.
   */
  backlogMs(): number {
    if (!this.#watching) {
      this.#watching = true;
      setImmediate(() => this.#watch()); // this round may have begun before
    }
    return this.#fullSince === undefined ? 0 : performance.now() - this.#fullSince;
  }

  #watch(): void {
    const [before, beganAt] = [this.#messages, performance.now()];
    setImmediate(() => {
      this.#watching = this.#messages - before >= READ_AT_ONCE;
      this.#fullSince = this.#watching ? (this.#fullSince ?? beganAt) : undefined;
      if (this.#watching) this.#watch();
    });
  }
}
