/** A flood of messages must not delay timers without end. */
const MAX_ROUNDS = 100;

/**
 * Knows when a socket has been read. A timer that is late fires before the messages that arrived in the meantime are read, so it
 * cannot know whether the response is among them.
 */
export class Reading {
  #messages = 0;

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
}
