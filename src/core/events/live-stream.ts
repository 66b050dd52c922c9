import type { PresentedToken } from '../tokens/access-token.ts';
import type { CallEvent } from './call-event.ts';
import type { EventPage } from './event-reader.ts';
import type { StreamStart } from './event-store.ts';

/** Why a stream ended: the reader disconnected, the token became invalid, or the server stops. */
export type StreamEnd = 'reader' | 'token' | 'server';

/** @returns undefined if events cannot be read at the moment */
export type ReadEvents = (stream: LiveStream) => Promise<EventPage | undefined>;

/** The stream of events to one reader. */
export class LiveStream {
  readonly token: PresentedToken;
  readonly userId: string;
  readonly clientId: string;
  readonly #read: ReadEvents;
  readonly #endListeners: ((end: StreamEnd) => void)[] = [];
  #cursor: string;
  /** Whether there may be events after the cursor. */
  #behind = true;
  #ended: StreamEnd | undefined;
  #wakeReader: (() => void) | undefined;

  constructor(token: PresentedToken, start: StreamStart, read: ReadEvents) {
    this.token = token;
    this.userId = start.userId;
    this.clientId = start.clientId;
    this.#cursor = start.cursor;
    this.#read = read;
  }

  /** The sequence number of the last event that was returned, or skipped because the token does not reach it. */
  get cursor(): string {
    return this.#cursor;
  }

  get ended(): StreamEnd | undefined {
    return this.#ended;
  }

  /**
   * Waits for events. Call it again only when they are sent, so that no events pile up for a slow reader.
   * @returns undefined when the stream has ended
   */
  async next(): Promise<readonly CallEvent[] | undefined> {
    while (this.#ended === undefined) {
      if (!this.#behind) {
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        continue;
      }
      this.#behind = false;
      const page = await this.#read(this);
      if (page === undefined || this.#ended !== undefined) continue;
      this.#cursor = page.cursor;
      if (page.full) this.#behind = true;
      if (page.events.length > 0) return page.events;
    }
    return undefined;
  }

  /** Makes the stream look for new events. */
  wake(): void {
    this.#behind = true;
    this.#wakeReader?.();
  }

  /** Has no effect on a stream that has already ended. */
  end(reason: StreamEnd): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#wakeReader?.();
    for (const listener of this.#endListeners) listener(reason);
  }

  onEnd(listener: (reason: StreamEnd) => void): void {
    if (this.#ended === undefined) this.#endListeners.push(listener);
    else listener(this.#ended);
  }
}
