import { Readable } from 'node:stream';
import type { FastifyBaseLogger, FastifyReply } from 'fastify';
import { html } from 'ghtml';
import type { Cancel, Clock } from '../../clock.ts';
import type { AssetName } from './assets.ts';

/** HTML, escaped already, by the name of the event that brings it. */
export type Fragments = Readonly<Record<string, string>>;

/** A part of a page that is kept as things are. */
export interface LiveView {
  /** Who looks at it; the same reader may look at so many at once. */
  readonly reader: string;
  /** What is to be seen now, without anything that changes by time alone; undefined when the reader may see it no more. */
  render(): Promise<Fragments | undefined>;
  /** @param changed to be called when something may have changed; signals may be lost. @returns ends the subscription */
  subscribe(changed: () => void): () => void;
  /** What the reader sees at last, when they may see it no more. */
  readonly farewell: Fragments;
}

export interface LiveFragments {
  /** Sends the view as Server-Sent Events: all fragments, and then those that have become others. */
  send(reply: FastifyReply, view: LiveView): FastifyReply;
  /** Open ones. */
  readonly size: number;
  /** Ends those that are open, and whatever is opened from now on: the server stops, and readers come back to another. */
  endAll(): void;
}

/** What a page with live parts needs in `scripts`, beside `connects: true`. */
export const LIVE_SCRIPTS = ['htmx.js', 'htmx-sse.js', 'ticking.js'] as const satisfies readonly AssetName[];

/** Tells the page that nothing more comes, so that it does not ask again. */
const ENDED = 'ended';
/** Changes are gathered for so long before they are looked at: one look for many. */
const GATHER_MS = 100;
/** How long a lost signal may delay a change, and the end of a session the end of what it shows. */
const LOOK_EVERY_MS = 2_500;
const HEARTBEAT_MS = 15_000;
/** For a reader who takes nothing of what waits; then the connection is cut, and the page comes back. */
const PATIENCE_MS = 30_000;
/** For a reader to take the last words. */
const LAST_WORDS_MS = 1_000;
/** On each node: as many tabs as somebody may have open. */
const MOST_OF_ONE_READER = 20;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no', // nginx would gather the events of a while
  connection: 'close', // nothing comes after a stream; a server that stops need not wait for the connection
};

/**
 * The place of a page that shows a view: what is there at first, by the names of its fragments. A page without script keeps it.
 * @param url where the view is sent from
 */
export function liveRegion(url: string, fragments: Fragments, now: Date): string {
  return html`<div hx-ext="sse" sse-connect="${url}" sse-close="${ENDED}" data-now="${now.toISOString()}">
    !${Object.entries(fragments).map(([name, fragment]) => html`<div sse-swap="${name}">!${fragment}</div>`)}
  </div>`;
}

/** All live views that this node's readers look at. */
export function createLiveFragments(clock: Clock): LiveFragments {
  const open = new Set<FragmentStream>();
  let stopping = false;

  return {
    send(reply, view) {
      const its = [...open].filter(({ reader }) => reader === view.reader);
      if (its.length >= MOST_OF_ONE_READER) return reply.code(204).send();
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
        setTimeout(() => stream.destroy(), LAST_WORDS_MS).unref();
      }
    },
  };
}

/** One reader's view. It is looked at when its reader has taken what was sent: a slow one misses what is past, not what is. */
class FragmentStream extends Readable {
  readonly reader: string;
  readonly #view: LiveView;
  readonly #clock: Clock;
  readonly #log: Pick<FastifyBaseLogger, 'warn'>;
  readonly #unsubscribe: () => void;
  readonly #sent = new Map<string, string>();
  #sentAt: Date;
  #cancelLook: Cancel = () => {};
  #looking = false;
  /** Something may have changed since the last look began. */
  #due = false;
  #ended = false;

  constructor(view: LiveView, clock: Clock, log: Pick<FastifyBaseLogger, 'warn'>) {
    super();
    this.reader = view.reader;
    this.#view = view;
    this.#clock = clock;
    this.#log = log;
    this.#sentAt = clock.now();
    this.#unsubscribe = view.subscribe(() => this.#lookSoon());
    this.push(`retry: ${1_000 + Math.floor(Math.random() * 2_000)}\n\n`); // not all at once, when a server stops
    this.#lookSoon();
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ended = true;
    this.#cancelLook();
    this.#unsubscribe();
    done(error);
  }

  end(lastWords = ': this server stops; reconnect\n\n'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelLook();
    this.push(lastWords);
    this.push(null);
  }

  #lookSoon(): void {
    if (this.#due) return;
    this.#due = true;
    if (!this.#looking) this.#lookAfter(GATHER_MS);
  }

  #lookAfter(milliseconds: number): void {
    this.#cancelLook();
    if (!this.#ended) this.#cancelLook = this.#clock.after(milliseconds, () => void this.#look());
  }

  async #look(): Promise<void> {
    const waited = this.#clock.now().getTime() - this.#sentAt.getTime();
    if (this.readableLength > 0) {
      if (waited > PATIENCE_MS) this.destroy();
      else this.#lookAfter(LOOK_EVERY_MS);
      return;
    }
    this.#looking = true;
    this.#due = false;
    try {
      this.#show(await this.#view.render(), waited);
    } catch (error) {
      this.#log.warn({ err: error }, 'a live view could not be shown just now');
    }
    this.#looking = false;
    this.#lookAfter(this.#due ? GATHER_MS : LOOK_EVERY_MS);
  }

  #show(fragments: Fragments | undefined, waited: number): void {
    if (this.#ended) return;
    if (fragments === undefined) {
      this.end(`${framesOf(Object.entries(this.#view.farewell))}event: ${ENDED}\ndata: .\n\n`);
      return;
    }
    const others = Object.entries(fragments).filter(([name, fragment]) => this.#sent.get(name) !== fragment);
    if (others.length === 0 && waited < HEARTBEAT_MS) return;
    for (const [name, fragment] of others) this.#sent.set(name, fragment);
    this.#sentAt = this.#clock.now();
    this.push(framesOf(others) || ': still here\n\n');
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
