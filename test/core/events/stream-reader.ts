import assert from 'node:assert/strict';
import { afterFile } from '../../harness/clean-up.ts';
import { bearer } from '../../harness/people.ts';

export const EVENTS_PATH = '/api/v1/events';
const PATIENCE_MS = 10_000;

/** The text between two empty lines. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: string;
  readonly comment?: string;
}

export interface ShownEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>> & {
    readonly callId: string;
    readonly state: string;
    readonly reason: string | null;
    readonly endedBy: string | null;
  };
}

/** Reads a stream like a script with its own headers, and keeps every frame. */
export class StreamReader {
  readonly response: Response;
  readonly frames: Frame[] = [];
  /** Id of the last frame with an id. */
  lastId = '';
  /** `end` if the server ended it, `cut` if the connection broke. */
  readonly ended: Promise<'end' | 'cut'>;
  readonly #abort: AbortController;
  #rest = '';
  #arrived = () => {};
  #over = false;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read();
  }

  /** Frames that are events, by name and number. */
  get events(): Frame[] {
    return this.frames.filter(({ data }) => data !== undefined);
  }

  get states(): string[] {
    return this.events.map(({ event = '' }) => event);
  }

  shown(index: number): ShownEvent {
    return JSON.parse(this.events.at(index)?.data ?? '{}');
  }

  /** Waits until the received frames match. */
  async until(condition: (reader: this) => boolean): Promise<this> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition(this)) {
      assert.ok(!this.#over, `the stream ended: ${this.#tail()}`);
      assert.ok(performance.now() < deadline, `not within 10 s: ${this.#tail()}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#arrived = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this;
  }

  close(): void {
    this.#abort.abort();
  }

  #tail(): string {
    return `${this.frames.length} frames, at last ${JSON.stringify(this.frames.slice(-5))}`;
  }

  async #read(): Promise<'end' | 'cut'> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of this.response.body ?? []) this.#take(decoder.decode(chunk, { stream: true }));
      return 'end';
    } catch {
      return 'cut';
    } finally {
      this.#over = true;
      this.#arrived();
    }
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = block.split('\n').map((line) => {
        const at = line.indexOf(': ');
        return [at === 0 ? 'comment' : line.slice(0, at), line.slice(at + 2)];
      });
      if (block.startsWith(': ')) fields[0] = ['comment', block.slice(2)];
      const data = fields.filter(([name]) => name === 'data').map(([, line]) => line);
      const frame: Frame = {
        ...Object.fromEntries(fields),
        ...(data.length > 0 && { data: data.join('\n') }),
      };
      this.frames.push(frame);
      this.lastId = frame.id ?? this.lastId;
    }
    this.#arrived();
  }
}

/** The response, with any status. */
export async function requestStream(
  { url }: { readonly url: string },
  headers: Record<string, string>,
): Promise<StreamReader> {
  const abort = new AbortController();
  const response = await fetch(url + EVENTS_PATH, { headers, signal: abort.signal });
  const reader = new StreamReader(response, abort);
  afterFile(() => reader.close());
  return reader;
}

/** Opens a stream. Resolves when it is open. */
export async function openStream(
  node: { readonly url: string },
  token: string,
  lastEventId?: string,
): Promise<StreamReader> {
  const reader = await requestStream(node, {
    ...bearer(token),
    ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
  });
  assert.equal(reader.response.status, 200);
  return reader.until(({ frames }) => frames.length > 0);
}
