import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { CallEvent } from '../../core/events/call-event.ts';
import { cloudEvent } from '../../core/events/cloud-event.ts';
import type { LiveStream, StreamEnd } from '../../core/events/live-stream.ts';
import type { Cancel, Clock } from '../../platform/clock.ts';

const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ': still here\n\n';
/** Heartbeats that may come due while a reader takes nothing of what waits for it; then it is cut off, and may resume. */
const PATIENCE = 2;
/** For a reader to take the last words, before the connection is cut. */
const LAST_WORDS_MS = 1_000;
const LAST_WORDS: Readonly<Record<StreamEnd, string>> = {
  reader: '',
  token: ': the access token does not count any more\n\n',
  server: ': this server stops; reconnect\n\n',
};

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // nginx would gather the events of a while
  connection: 'close', // nothing comes after a stream; a server that stops need not wait for the connection
};

/** Sends a stream as Server-Sent Events, no faster than its reader takes them. */
export function sendEvents(
  reply: FastifyReply,
  stream: LiveStream,
  eventSource: string,
  clock: Clock,
): FastifyReply {
  stream.onEnd((why) => {
    if (why !== 'reader') setTimeout(() => reply.raw.destroy(), LAST_WORDS_MS).unref();
  });
  return reply.headers(HEADERS).send(new EventOutput(stream, eventSource, clock));
}

/** The text of a stream. Events are read when there is room for them, so that a slow reader leaves them in the table. */
class EventOutput extends Readable {
  readonly #stream: LiveStream;
  readonly #eventSource: string;
  readonly #clock: Clock;
  #waiting = false;
  /** The reader has asked for more since the last beat. */
  #asked = false;
  #missedBeats = 0;
  #cancelBeat: Cancel;

  constructor(stream: LiveStream, eventSource: string, clock: Clock) {
    super();
    this.#stream = stream;
    this.#eventSource = eventSource;
    this.#clock = clock;
    this.push(openingOf(stream));
    this.#cancelBeat = clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  override _read(): void {
    this.#asked = true;
    if (!this.#waiting) this.#deliver().catch((error) => this.destroy(error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancelBeat();
    this.#stream.end('reader');
    done(error);
  }

  async #deliver(): Promise<void> {
    this.#waiting = true;
    const events = await this.#stream.next();
    this.#waiting = false;
    if (this.destroyed) return;
    if (events) {
      this.push(events.map((event) => frameOf(event, this.#eventSource)).join(''));
    } else {
      this.push(LAST_WORDS[this.#stream.ended ?? 'reader']);
      this.push(null);
    }
  }

  #beat(): void {
    const taken = this.readableLength === 0;
    this.#missedBeats = taken || this.#asked ? 0 : this.#missedBeats + 1;
    this.#asked = false;
    if (this.#missedBeats === PATIENCE) {
      this.destroy();
      return;
    }
    if (taken && this.#stream.ended === undefined) this.push(HEARTBEAT);
    this.#cancelBeat = this.#clock.after(HEARTBEAT_MS, () => this.#beat());
  }
}

/** Tells where the reader is, so that it can resume even when nothing happens; and how long to wait before it does. */
function openingOf({ cursor }: LiveStream): string {
  const retryMs = 1_000 + Math.floor(Math.random() * 2_000); // not all at once, when a server stops
  return `retry: ${retryMs}\nid: ${cursor}\n\n`;
}

/** JSON has no line breaks of its own. */
function frameOf(event: CallEvent, eventSource: string): string {
  const data = JSON.stringify(cloudEvent(event, eventSource));
  return `id: ${event.sequence}\nevent: ${event.state}\ndata: ${data}\n\n`;
}
