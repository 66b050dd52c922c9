import { Readable } from 'node:stream';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import { html } from 'ghtml';
import type { Cancel, Clock } from '../../clock.ts';
import { type Asset, HTMX, LIVE, TICKING } from './assets.ts';

/** Escaped HTML by the name of its event. */
export type Fragments = Readonly<Record<string, string>>;

/** A part of a page that is updated live. */
export interface LiveView {
  /** The user who sees it; the number of views per reader is limited. */
  readonly reader: string;
  /** Renders the current content, without times that a script updates; undefined if the reader has lost access. */
  render(): Promise<Fragments | undefined>;
  /** @param changed call this when the content may have changed; a call may be lost. @returns a function that ends the subscription */
  subscribe(changed: () => void): () => void;
  /** The last content, for a reader who has lost access. */
  readonly farewell: Fragments;
}

export interface LiveFragments {
  /** Sends the view as Server-Sent Events: first all fragments, then each fragment that changes. */
  send(reply: FastifyReply, view: LiveView): FastifyReply;
  /** Number of open views. */
  readonly size: number;
  /** Ends all open views, and every view opened later, because the server stops. Readers reconnect to another server. */
  endAll(): void;
}

/** The scripts of a page with live views; the page also needs `connects: true`. */
export const LIVE_SCRIPTS: readonly Asset[] = [HTMX, LIVE, TICKING];

/** The event after which the page does not reconnect before it is hidden and shown again (assets/live.js). */
const ENDED = 'ended';
/** Delay before a render, so that several changes need only one. */
const GATHER_MS = 100;
/** The longest delay of a change whose signal is lost, and of the end of a view whose session has ended. */
const RENDER_EVERY_MS = 2_500;
const HEARTBEAT_MS = 15_000;
/** A connection whose reader reads nothing for this long is cut; the page then reconnects. */
const STALLED_MS = 30_000;
/** How long a reader may take to read the last event. */
const LAST_EVENT_MS = 1_000;
/** Views per reader on each node: each browser tab may have one. */
const MAX_VIEWS_PER_READER = 20;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // otherwise nginx buffers events
  connection: 'close', // so that a stopping server need not wait for the connection
};

/**
 * The part of a page that shows a view, with its initial content. Without JavaScript the page keeps that content.
 * @param url URL of the stream
 */
export function liveRegion(url: string, fragments: Fragments, now: Date): string {
  return html`<div data-live="${url}" data-now="${now.toISOString()}">
    !${Object.entries(fragments).map(([name, fragment]) => html`<div data-fragment="${name}">!${fragment}</div>`)}
  </div>`;
}

/** All open live views of this node. */
export function createLiveFragments(clock: Clock): LiveFragments {
  const open = new Set<FragmentStream>();
  let stopping = false;

  return {
    send(reply, view) {
      const ofReader = [...open].filter(({ reader }) => reader === view.reader);
      if (ofReader.length >= MAX_VIEWS_PER_READER) return reply.code(204).send();
      const stream = new FragmentStream(view, clock, reply.log);
      open.add(stream);
      stream.once('close', () => open.delete(stream));
      if (stopping) stream.end();
      return reply.headers(HEADERS).send(stream);
    },
    get size() {
      return open.size;
    },
    endAll() {
      stopping = true;
      for (const stream of open) {
        stream.end();
        setTimeout(() => stream.destroy(), LAST_EVENT_MS).unref();
      }
    },
  };
}

/** One reader's view. It renders only after the reader has read the previous content, so a slow reader skips old content. */
class FragmentStream extends Readable {
  readonly reader: string;
  readonly #view: LiveView;
  readonly #clock: Clock;
  readonly #log: Pick<FastifyBaseLogger, 'warn'>;
  readonly #unsubscribe: () => void;
  readonly #sent = new Map<string, string>();
  #sentAt: Date;
  #cancelRender: Cancel = () => {};
  #rendering = false;
  /** Whether something may have changed since the last render began. */
  #due = false;
  #ended = false;

  constructor(view: LiveView, clock: Clock, log: Pick<FastifyBaseLogger, 'warn'>) {
    super();
    this.reader = view.reader;
    this.#view = view;
    this.#clock = clock;
    this.#log = log;
    this.#sentAt = clock.now();
    this.#unsubscribe = view.subscribe(() => this.#renderSoon());
    this.push(`retry: ${1_000 + Math.floor(Math.random() * 2_000)}\n\n`); // so that readers do not all reconnect at once when a server stops
    this.#renderSoon();
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ended = true;
    this.#cancelRender();
    this.#unsubscribe();
    done(error);
  }

  end(lastEvent = ': this server is stopping; reconnect\n\n'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelRender();
    this.push(lastEvent);
    this.push(null);
  }

  #renderSoon(): void {
    if (this.#due) return;
    this.#due = true;
    if (!this.#rendering) this.#renderAfter(GATHER_MS);
  }

  #renderAfter(milliseconds: number): void {
    this.#cancelRender();
    if (!this.#ended) this.#cancelRender = this.#clock.after(milliseconds, () => void this.#render());
  }

  async #render(): Promise<void> {
    const waited = this.#clock.now().getTime() - this.#sentAt.getTime();
    if (this.readableLength > 0) {
      if (waited > STALLED_MS) this.destroy();
      else this.#renderAfter(RENDER_EVERY_MS);
      return;
    }
    this.#rendering = true;
    this.#due = false;
    try {
      this.#show(await this.#view.render(), waited);
    } catch (error) {
      this.#log.warn({ err: error }, 'pages: cannot render a live view; will retry');
    }
    this.#rendering = false;
    this.#renderAfter(this.#due ? GATHER_MS : RENDER_EVERY_MS);
  }

  #show(fragments: Fragments | undefined, waited: number): void {
    if (this.#ended) return;
    if (fragments === undefined) {
      this.end(`${framesOf(Object.entries(this.#view.farewell))}event: ${ENDED}\ndata: .\n\n`);
      return;
    }
    const changed = Object.entries(fragments).filter(([name, fragment]) => this.#sent.get(name) !== fragment);
    if (changed.length === 0 && waited < HEARTBEAT_MS) return;
    for (const [name, fragment] of changed) this.#sent.set(name, fragment);
    this.#sentAt = this.#clock.now();
    this.push(framesOf(changed) || ': heartbeat\n\n');
  }
}

function framesOf(fragments: readonly (readonly [string, string])[]): string {
  return fragments
    .map(([name, fragment]) => {
      const lines = fragment.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
      return `event: ${name}\n${lines.join('')}\n`;
    })
    .join('');
}
