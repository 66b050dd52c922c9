import type { Database } from '../../platform/database/database.ts';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import type { CallChange } from '../calls/call.ts';
import type { ChangeSignal } from '../calls/change-signal.ts';
import type { Access } from '../tokens/access.ts';
import { type PresentedToken, SCOPE_CALL, SCOPE_READ } from '../tokens/access-token.ts';
import { createEventReader, type EventPage } from './event-reader.ts';
import { findStreamStart, findStreamUpdates } from './event-store.ts';
import { LiveStream } from './live-stream.ts';
import { StreamLimitReached } from './stream-errors.ts';

/** A token needs one of these scopes to read a stream. */
export const STREAM_SCOPES = [SCOPE_CALL, SCOPE_READ] as const;
/** Streams per client and user on each node: each browser tab may have one. */
const MAX_STREAMS = 20;
/** Events per read, and so the most that are kept in memory for a reader that does not read. */
const BATCH = 50;
/** The longest delay of an event if its signal is lost, and of the end of a stream whose token became invalid. */
const CHECK_EVERY_MS = 2_000;

export interface LiveStreams {
  /**
   * Opens a stream.
   * @param after sequence number of the event to start after; undefined: start with the next event
   * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, StreamLimitReached
   */
  open(token: PresentedToken, after: string | undefined): Promise<LiveStream>;
  /** Number of open streams. */
  readonly size: number;
  /** Ends all open streams, and every stream opened later, because the server stops. */
  endAll(): void;
  /** Resolves when no check is running. */
  stop(): Promise<void>;
}

/** All open streams of this node. Signals wake a stream; it reads its events from the table. */
export function createLiveStreams(
  database: Database,
  signal: Pick<ChangeSignal, 'subscribe'>,
  log: Pick<Logger, 'warn'>,
): LiveStreams {
  const streams = new StreamIndex();
  const readEvents = createEventReader(database);
  let stopping = false;

  async function read(stream: LiveStream): Promise<EventPage | undefined> {
    try {
      return await readEvents(accessOf(stream.token), stream.cursor, BATCH);
    } catch (error) {
      // The next check wakes the stream again.
      if (error instanceof DatabaseUnavailable)
        log.warn({ err: error }, 'event streams: failed to read events; will retry');
      else if (error instanceof DomainError) stream.end('token');
      else throw error;
      return undefined;
    }
  }

  async function check(): Promise<void> {
    const open = streams.all();
    if (open.length === 0) return;
    for (const { index, ended } of await findStreamUpdates(database, STREAM_SCOPES, open)) {
      if (ended) open[index]?.end('token');
      else open[index]?.wake();
    }
  }

  const checkJob = startPeriodicJob({
    everyMs: CHECK_EVERY_MS,
    run: check,
    onError: (error) => log.warn({ err: error }, 'event streams: check failed; will retry'),
  });

  const unsubscribe = signal.subscribe((changes: readonly CallChange[]) => {
    for (const userId of new Set(changes.map((change) => change.userId)))
      for (const stream of streams.of(userId)) stream.wake();
  });

  return {
    async open(token, after) {
      const stream = new LiveStream(token, await findStreamStart(database, accessOf(token), after), read);
      const siblings = streams.of(stream.userId).filter(({ clientId }) => clientId === stream.clientId);
      if (siblings.length >= MAX_STREAMS) throw new StreamLimitReached(MAX_STREAMS);
      streams.add(stream);
      stream.onEnd(() => streams.remove(stream));
      if (stopping) stream.end('server');
      return stream;
    },
    get size() {
      return streams.all().length;
    },
    endAll() {
      stopping = true;
      for (const stream of streams.all()) stream.end('server');
    },
    async stop() {
      unsubscribe();
      await checkJob.stop();
    },
  };
}

function accessOf(token: PresentedToken): Access {
  return { token, scopes: STREAM_SCOPES };
}

/** Streams, indexed by user. */
class StreamIndex {
  readonly #byUser = new Map<string, Set<LiveStream>>();

  of(userId: string): LiveStream[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  all(): LiveStream[] {
    return [...this.#byUser.values()].flatMap((streams) => [...streams]);
  }

  add(stream: LiveStream): void {
    const streams = this.#byUser.get(stream.userId) ?? new Set();
    this.#byUser.set(stream.userId, streams.add(stream));
  }

  remove(stream: LiveStream): void {
    const streams = this.#byUser.get(stream.userId);
    streams?.delete(stream);
    if (streams?.size === 0) this.#byUser.delete(stream.userId);
  }
}
