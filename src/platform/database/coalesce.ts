import { isRolledBack } from './database-errors.ts';

/** Instead of an answer: ask again, together with others. */
export const AGAIN = Symbol('again');
/** Instead of an answer: ask again, alone. */
export const ALONE = Symbol('alone');

export interface Coalescing<Request, Answer> {
  /**
   * Answers requests by one statement.
   * @param requests at most MAX_BATCH
   * @param alone there is one request, which may wait for locks; several must not
   * @returns an answer for each request, in their order
   */
  answer(
    requests: readonly Request[],
    alone: boolean,
  ): Promise<readonly (Answer | typeof AGAIN | typeof ALONE)[]>;
  /** At most MAX_BATCH_PER_KEY requests with the same key share a statement, to leave room for others. */
  keyOf?(request: Request): string;
}

/** Larger batches gain little, and their requests wait for each other. */
const MAX_BATCH = 64;
const MAX_BATCH_PER_KEY = 4;
/** While the database works on one batch, the next one is gathered; a second batch keeps the database busy meanwhile. */
const MAX_BATCHES = 2;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly key: string | undefined;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * Answers simultaneous requests together: the busier the database, the more of them share a statement. A request that comes
 * while nothing is under way is asked alone, so it never waits for others.
 * @returns asks for one request; throws what `answer` throws for it alone, or for its batch when nobody can know whether that
 *   was carried out
 */
export function coalesce<Request, Answer>({
  answer,
  keyOf,
}: Coalescing<Request, Answer>): (request: Request) => Promise<Answer> {
  type Entry = Waiting<Request, Answer>;
  const waiting: Entry[] = [];
  let underWay = 0;
  let batches = 0;
  let gathering = false;

  /** Waits for the end of this turn of the event loop, so that its requests go together. */
  function gather(): void {
    if (gathering) return;
    gathering = true;
    setImmediate(() => {
      gathering = false;
      flush();
    });
  }

  function flush(): void {
    if (waiting.length === 1 && underWay === 0) {
      void ask(waiting.splice(0), true);
      return;
    }
    while (batches < MAX_BATCHES && waiting.length > 0) {
      batches++;
      void ask(takeBatch(), false).finally(() => {
        batches--;
        flush();
      });
    }
  }

  function takeBatch(): Entry[] {
    const counts = new Map<string, number>();
    const batch: Entry[] = [];
    const rest: Entry[] = [];
    for (const entry of waiting.splice(0)) {
      const count = (entry.key !== undefined && counts.get(entry.key)) || 0;
      if (batch.length === MAX_BATCH || count === MAX_BATCH_PER_KEY) {
        rest.push(entry);
        continue;
      }
      if (entry.key !== undefined) counts.set(entry.key, count + 1);
      batch.push(entry);
    }
    waiting.push(...rest);
    return batch;
  }

  async function ask(entries: readonly Entry[], alone: boolean): Promise<void> {
    underWay++;
    try {
      const requests = entries.map(({ request }) => request);
      const answers = await answer(requests, alone);
      for (const [index, entry] of entries.entries()) settle(entry, answers[index] as Answer);
    } catch (error) {
      // PostgreSQL has rolled the batch back. One request may be the cause, and the others must not fail with it.
      const retries = !alone && isRolledBack(error);
      for (const entry of entries) retries ? void ask([entry], true) : entry.reject(error);
    } finally {
      underWay--;
    }
  }

  function settle(entry: Entry, result: Answer | typeof AGAIN | typeof ALONE): void {
    if (result === ALONE) void ask([entry], true);
    else if (result === AGAIN) {
      waiting.push(entry);
      gather();
    } else entry.resolve(result as Answer);
  }

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, key: keyOf?.(request), resolve, reject });
      gather();
    });
}
