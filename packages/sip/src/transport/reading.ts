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
  #watchedSince: number | undefined;

  /** A message was read. */
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
   * For how many milliseconds more messages have been waiting than a round reads. Counts from the first question until a round reads
   * fewer, and costs nothing without questions.
   */
  backlogMs(): number {
    if (this.#watchedSince === undefined) {
      this.#watchedSince = performance.now();
      setImmediate(() => this.#watch()); // this round may have begun before the question
    }
    return performance.now() - this.#watchedSince;
  }

  #watch(): void {
    const before = this.#messages;
    setImmediate(() => {
      if (this.#messages - before >= READ_AT_ONCE) this.#watch();
      else this.#watchedSince = undefined;
    });
  }
}
