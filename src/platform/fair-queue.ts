/** Runs a few pieces of work at once. The others wait in groups that take turns, so a large group does not delay a small one. */
export interface FairQueue {
  /** @returns how many pieces of work wait */
  size(): number;
  run<T>(group: string, work: () => Promise<T>): Promise<T>;
}

export function createFairQueue(atOnce: number): FairQueue {
  /** Starts what waits, by group. The group whose turn is next comes first. */
  const groups = new Map<string, (() => void)[]>();
  let running = 0;

  function wait(group: string): Promise<void> {
    return new Promise((start) => {
      const waiting = groups.get(group);
      if (waiting) waiting.push(start);
      else groups.set(group, [start]);
    });
  }

  function startNext(): void {
    const [turn] = groups;
    if (!turn) {
      running--;
      return;
    }
    const [group, [start, ...others]] = turn;
    groups.delete(group);
    if (others.length > 0) groups.set(group, others);
    start?.();
  }

  return {
    size: () => [...groups.values()].reduce((total, { length }) => total + length, 0),
    async run(group, work) {
      if (running < atOnce) running++;
      else await wait(group);
      try {
        return await work();
      } finally {
        startNext();
      }
    },
  };
}
