import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { CallEvent } from '../../core/events/call-event.ts';
import { callMessage } from '../../core/events/call-message.ts';
import type { LiveStream, StreamEnd } from '../../core/events/live-stream.ts';
import type { Cancel, Clock } from '../../platform/clock.ts';

const HEARTBEAT_MS = 15_000;
const HEARTBEAT = ': heartbeat\n\n';
/** After this many heartbeats in which it read nothing, a reader is disconnected. It can resume. */
const MAX_MISSED_BEATS = 2;
/** How long a reader has to read the final comment before the connection is closed. */
const CLOSE_DELAY_MS = 1_000;
const FINAL_COMMENTS: Readonly<Record<StreamEnd, string>> = {
  reader: '',
  token: ': the access token has expired or was revoked\n\n',
  server: ': this server is stopping; reconnect\n\n',
};

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // otherwise nginx buffers events
  connection: 'close', // no request follows, so a stopping server need not wait
};

/** Sends a stream as Server-Sent Events, as fast as its reader reads them. */
export function sendEvents(reply: FastifyReply, stream: LiveStream, clock: Clock): FastifyReply {
  stream.onEnd((cause) => {
    if (cause !== 'reader') setTimeout(() => reply.raw.destroy(), CLOSE_DELAY_MS).unref();
  });
  return reply.headers(HEADERS).send(new EventOutput(stream, clock));
}

/** The text of a stream. It reads events only when the buffer has room; a slow reader's events stay in the table. */
class EventOutput extends Readable {
  readonly #stream: LiveStream;
  readonly #clock: Clock;
  #reading = false;
  /** Whether the reader has read since the last heartbeat. */
  #hasRead = false;
  #missedBeats = 0;
  #cancelBeat: Cancel;

  constructor(stream: LiveStream, clock: Clock) {
    super();
    this.#stream = stream;
    this.#clock = clock;
    this.push(firstFrame(stream));
    this.#cancelBeat = clock.after(HEARTBEAT_MS, () => this.#beat());
  }

  override _read(): void {
    this.#hasRead = true;
    if (!this.#reading) this.#deliver().catch((error) => this.destroy(error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#cancelBeat();
    this.#stream.end('reader');
    done(error);
  }

  async #deliver(): Promise<void> {
    this.#reading = true;
    const events = await this.#stream.next();
    this.#reading = false;
    if (this.destroyed) return;
    if (events) {
      this.push(events.map(frameOf).join(''));
    } else {
      this.push(FINAL_COMMENTS[this.#stream.ended ?? 'reader']);
      this.push(null);
    }
  }

  #beat(): void {
    const drained = this.readableLength === 0;
    this.#missedBeats = drained || this.#hasRead ? 0 : this.#missedBeats + 1;
    this.#hasRead = false;
    if (this.#missedBeats === MAX_MISSED_BEATS) {
      this.destroy();
      return;
    }
    if (drained && this.#stream.ended === undefined) this.push(HEARTBEAT);
    this.#cancelBeat = this.#clock.after(HEARTBEAT_MS, () => this.#beat());
  }
}

/** Sends the cursor, so that the reader can resume before the first event, and how long to wait before reconnecting. */
function firstFrame({ cursor }: LiveStream): string {
  const retryMs = 1_000 + Math.floor(Math.random() * 2_000); // spread, because a stopping server disconnects all readers at once
  return `retry: ${retryMs}\nid: ${cursor}\n\n`;
}

/** JSON text contains no line breaks, so one `data` line is enough. */
function frameOf(event: CallEvent): string {
  const data = JSON.stringify(callMessage(event));
  return `id: ${event.sequence}\nevent: ${event.state}\ndata: ${data}\n\n`;
}
