import { isRolledBack } from './database-errors.ts';

/** What a request that was asked together with others is to do instead of having an answer. */
export const AGAIN = Symbol('again');
export const ALONE = Symbol('alone');

export interface Coalescing<Request, Answer> {
  /** Asks for one request. */
  alone(request: Request): Promise<Answer>;
  /**
   * Asks for many at once, at most MOST.
   * @returns an answer for each, in their order; AGAIN to be asked together with others once more, ALONE to be asked alone
   */
  together(requests: readonly Request[]): Promise<readonly (Answer | typeof AGAIN | typeof ALONE)[]>;
  /** Of requests with the same key only so few are asked together that others have room. */
  keyOf?(request: Request): string;
}

/** More at once gain little, and keep each other waiting. */
const MOST = 64;
const MOST_OF_ONE = 4;
/** While one is on its way the next is gathered; a second keeps the database busy meanwhile. */
const AT_ONCE = 2;

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly key: string | undefined;
  resolve(answer: Answer | Promise<Answer>): void;
  reject(error: unknown): void;
}

/**
 * Asks for simultaneous requests together: the busier the database, the more of them share a statement. A request that
 * comes by itself while nothing is on its way is asked alone.
 * @returns what asks for one request; it throws what asking alone throws, and, where nobody can know what has happened,
 *   what asking together threw
 */
export function coalesce<Request, Answer>(
  how: Coalescing<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const waiting: Waiting<Request, Answer>[] = [];
  let alone = 0;
  let together = 0;
  let gathering = false;

  async function askAlone(request: Request): Promise<Answer> {
    alone++;
    try {
      return await how.alone(request);
    } finally {
      alone--;
    }
  }

  function take(): Waiting<Request, Answer>[] {
    const counts = new Map<string, number>();
    const taken: Waiting<Request, Answer>[] = [];
    const left: Waiting<Request, Answer>[] = [];
    for (const each of waiting.splice(0)) {
      const before = (each.key !== undefined && counts.get(each.key)) || 0;
      if (taken.length === MOST || before === MOST_OF_ONE) {
        left.push(each);
        continue;
      }
      if (each.key !== undefined) counts.set(each.key, before + 1);
      taken.push(each);
    }
    waiting.push(...left);
    return taken;
  }

  /** Until all that came in this turn of the event loop is there. */
  function gather(): void {
    if (gathering) return;
    gathering = true;
    setImmediate(() => {
      gathering = false;
      flush();
    });
  }

  function flush(): void {
    const [first] = waiting;
    if (waiting.length === 1 && first && alone + together === 0) {
      waiting.pop();
      first.resolve(askAlone(first.request));
    }
    while (together < AT_ONCE && waiting.length > 0) void askTogether(take());
  }

  async function askTogether(asked: readonly Waiting<Request, Answer>[]): Promise<void> {
    together++;
    try {
      const answers = await how.together(asked.map(({ request }) => request));
      for (const [index, each] of asked.entries()) settle(each, answers[index] as Answer);
    } catch (error) {
      const undone = isRolledBack(error); // one of them may be what failed: the others shall not suffer
      for (const each of asked) undone ? settle(each, ALONE) : each.reject(error);
    } finally {
      together--;
      flush();
    }
  }

  function settle(each: Waiting<Request, Answer>, answer: Answer | typeof AGAIN | typeof ALONE): void {
    if (answer === AGAIN) waiting.push(each);
    else each.resolve(answer === ALONE ? askAlone(each.request) : (answer as Answer));
  }

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ request, key: how.keyOf?.(request), resolve, reject });
      gather();
    });
}
