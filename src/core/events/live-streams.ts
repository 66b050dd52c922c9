import type { Database } from '../../platform/database/database.ts';
import { DatabaseUnavailable } from '../../platform/database/database-errors.ts';
import { DomainError } from '../../platform/domain-error.ts';
import { startPeriodicJob } from '../../platform/jobs/periodic-job.ts';
import type { Logger } from '../../platform/logger.ts';
import type { CallChange } from '../calls/call.ts';
import type { ChangeSignal } from '../calls/change-signal.ts';
import type { Access } from '../tokens/access.ts';
import { type PresentedToken, SCOPE_CALL, SCOPE_READ } from '../tokens/access-token.ts';
import { type EventPage, findEvents, findStreamNews, findStreamStart } from './event-store.ts';
import { LiveStream } from './live-stream.ts';
import { StreamLimitReached } from './stream-errors.ts';

/** Any one of them lets a token read a stream. */
export const STREAM_SCOPES = [SCOPE_CALL, SCOPE_READ] as const;
/** Of one application for one user, on each node: as many tabs as somebody may have open. */
const MOST_STREAMS = 20;
/** Events read at once; what is kept in memory for a reader that takes none. */
const BATCH = 50;
/** How long a lost signal may delay an event, and an ended token a stream's end. */
const CHECK_EVERY_MS = 2_000;

export interface LiveStreams {
  /**
   * Begins after the event of that sequence number, or now.
   * @throws TokenInvalid, ScopeMissing, TokenWithoutUser, StreamLimitReached
   */
  open(token: PresentedToken, after: string | undefined): Promise<LiveStream>;
  /** Open ones. */
  readonly size: number;
  /** Ends those that are open, and whatever is opened from now on: the server stops. */
  endAll(): void;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** All streams that this node's clients read. Signals say when to look; the table has what there is to see. */
export function createLiveStreams(
  database: Database,
  signal: Pick<ChangeSignal, 'subscribe'>,
  log: Pick<Logger, 'warn'>,
): LiveStreams {
  const streams = new StreamIndex();
  let stopping = false;

  async function read(stream: LiveStream): Promise<EventPage | undefined> {
    try {
      return await findEvents(database, accessOf(stream.token), stream.cursor, BATCH);
    } catch (error) {
      // The next check finds that the stream is behind.
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
    for (const { index, ended } of await findStreamNews(database, STREAM_SCOPES, open)) {
      if (ended) open[index]?.end('token');
      else open[index]?.wake();
    }
  }

  const checking = startPeriodicJob({
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
      const its = streams.of(stream.userId).filter(({ clientId }) => clientId === stream.clientId);
      if (its.length >= MOST_STREAMS) throw new StreamLimitReached(MOST_STREAMS);
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
      await checking.stop();
    },
  };
}

function accessOf(token: PresentedToken): Access {
  return { token, scopes: STREAM_SCOPES };
}

/** Finds a user's streams without a look at all the others. */
class StreamIndex {
  readonly #byUser = new Map<string, Set<LiveStream>>();

  of(userId: string): LiveStream[] {
    return [...(this.#byUser.get(userId) ?? [])];
  }

  all(): LiveStream[] {
    return [...this.#byUser.values()].flatMap((its) => [...its]);
  }

  add(stream: LiveStream): void {
    const its = this.#byUser.get(stream.userId) ?? new Set();
    this.#byUser.set(stream.userId, its.add(stream));
  }

  remove(stream: LiveStream): void {
    const its = this.#byUser.get(stream.userId);
    its?.delete(stream);
    if (its?.size === 0) this.#byUser.delete(stream.userId);
  }
}
