import { isRolledBack } from './database-errors.ts';

/** Instead of an answer: repeat the request, in a later batch. */
export const AGAIN = Symbol('again');
/** Instead of an answer: repeat the request alone. */
export const ALONE = Symbol('alone');

export interface CoalesceOptions<Request, Answer> {
  /**
   * Answers requests with one statement.
   * @param requests at most `maxBatch`
   * @param alone whether there is only one request; it may wait for locks, a batch must not
   * @returns an answer for each request, in their order
   */
  answer(
    requests: readonly Request[],
    alone: boolean,
  ): Promise<readonly (Answer | typeof AGAIN | typeof ALONE)[]>;
  /** At most MAX_BATCH_PER_KEY requests with the same key share a statement, to leave room for others. */
  keyOf?(request: Request): string;
  /** Requests per statement. */
  readonly maxBatch?: number;
  /** Statements of several requests at the same time. */
  readonly maxBatches?: number;
}

/** Larger batches gain little, and their requests wait for each other. */
const MAX_BATCH = 64;
const MAX_BATCH_PER_KEY = 4;
/** By default, two batches run at the same time, so that the database stays busy while the next batch fills. */
const MAX_BATCHES = 2;

interface PendingRequest<Request, Answer> {
  readonly request: Request;
  readonly key: string | undefined;
  readonly waitsSince: number;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface Coalesced<Request, Answer> {
  /** Throws the error of its own statement, or the error of its batch if the batch may have been executed. */
  (request: Request): Promise<Answer>;
  /** For how many milliseconds the oldest request has been waiting for a statement. Those that wait for others of their key do not count. */
  backlogMs(): number;
}

/**
 * Answers simultaneous requests together: the busier the database, the more requests share a statement. A single request on an
 * idle server runs alone at once.
 */
export function coalesce<Request, Answer>({
  answer,
  keyOf,
  maxBatch = MAX_BATCH,
  maxBatches = MAX_BATCHES,
}: CoalesceOptions<Request, Answer>): Coalesced<Request, Answer> {
  type Pending = PendingRequest<Request, Answer>;
  const queue: Pending[] = [];
  let statements = 0;
  let batches = 0;
  let flushScheduled = false;
  /** Of the oldest request that no statement has taken. */
  let waitsSince: number | undefined;

  /** Waits until the end of this turn of the event loop, so that its requests share a statement. */
  function scheduleFlush(): void {
    if (flushScheduled) return;
    flushScheduled = true;
    setImmediate(() => {
      flushScheduled = false;
      flush();
    });
  }

  function flush(): void {
    if (queue.length === 1 && statements === 0) {
      waitsSince = undefined;
      void run(queue.splice(0), true);
      return;
    }
    while (batches < maxBatches && queue.length > 0) {
      batches++;
      void run(takeBatch(), false).finally(() => {
        batches--;
        flush();
      });
    }
  }

  /** Takes the oldest requests. Each key gets a place before another one gets more. */
  function takeBatch(): Pending[] {
    const counts = new Map<string, number>();
    const countOf = ({ key }: Pending) => (key === undefined ? 0 : (counts.get(key) ?? 0));
    const batch: Pending[] = [];
    let rest = queue.splice(0);
    for (let share = 1; share <= MAX_BATCH_PER_KEY; share++)
      rest = rest.filter((entry) => {
        const count = countOf(entry);
        if (batch.length === maxBatch || count === share) return true;
        if (entry.key !== undefined) counts.set(entry.key, count + 1);
        batch.push(entry);
        return false;
      });
    queue.push(...rest);
    waitsSince = rest.find((entry) => countOf(entry) === 0)?.waitsSince;
    return batch;
  }

  async function run(entries: readonly Pending[], alone: boolean): Promise<void> {
    statements++;
    try {
      const requests = entries.map(({ request }) => request);
      const answers = await answer(requests, alone);
      for (const [index, entry] of entries.entries()) finish(entry, answers[index] as Answer);
    } catch (error) {
      // PostgreSQL has rolled the batch back. One request may be the cause, and the others must not fail with it.
      const retries = !alone && isRolledBack(error);
      for (const entry of entries) retries ? void run([entry], true) : entry.reject(error);
    } finally {
      statements--;
    }
  }

  function finish(entry: Pending, result: Answer | typeof AGAIN | typeof ALONE): void {
    if (result === ALONE) void run([entry], true);
    else if (result === AGAIN) enqueue(entry);
    else entry.resolve(result as Answer);
  }

  function enqueue(entry: Omit<Pending, 'waitsSince'>): void {
    const now = performance.now();
    waitsSince ??= now;
    queue.push({ ...entry, waitsSince: now });
    scheduleFlush();
  }

  const request = (request: Request) =>
    new Promise<Answer>((resolve, reject) => enqueue({ request, key: keyOf?.(request), resolve, reject }));
  return Object.assign(request, {
    backlogMs: () => (waitsSince === undefined ? 0 : performance.now() - waitsSince),
  });
}
