import type { PresentedToken } from '../tokens/access-token.ts';
import type { CallEvent } from './call-event.ts';
import type { EventPage, StreamStart } from './event-store.ts';

/** Why a stream ended: nobody reads it any more, its token does not count any more, or the server stops. */
export type StreamEnd = 'reader' | 'token' | 'server';

/** @returns undefined when nothing can be read just now */
export type ReadEvents = (stream: LiveStream) => Promise<EventPage | undefined>;

/** The events of one reader, from where it began until it ends. */
export class LiveStream {
  readonly token: PresentedToken;
  readonly userId: string;
  readonly clientId: string;
  readonly #read: ReadEvents;
  readonly #ends: ((end: StreamEnd) => void)[] = [];
  #cursor: string;
  /** There may be events behind the cursor. */
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

  /** The sequence number of the last event that was passed on, or left out because the token does not reach it. */
  get cursor(): string {
    return this.#cursor;
  }

  get ended(): StreamEnd | undefined {
    return this.#ended;
  }

  /** Waits for events; to be called again when they are taken, so that none are gathered for a slow reader. */
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

  /** There is something new, perhaps. */
  wake(): void {
    this.#behind = true;
    this.#wakeReader?.();
  }

  /** Only the first end counts. */
  end(why: StreamEnd): void {
    if (this.#ended !== undefined) return;
    this.#ended = why;
    this.#wakeReader?.();
    for (const hear of this.#ends) hear(why);
  }

  onEnd(hear: (why: StreamEnd) => void): void {
    if (this.#ended === undefined) this.#ends.push(hear);
    else hear(this.#ended);
  }
}
