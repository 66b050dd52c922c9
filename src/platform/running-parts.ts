type Stop = () => unknown;

/** What of a server must be stopped in the end, and also where something else keeps it from starting. */
export interface RunningParts {
  add(stop: Stop): void;
  /** What the others speak through while they stop. */
  addLast(stop: Stop): void;
  /** Resolves when all have stopped: first the others, all at once, since each may wait for what is under way. */
  stop(): Promise<void>;
}

export function createRunningParts(): RunningParts {
  const stops: Stop[] = [];
  const last: Stop[] = [];
  return {
    add: (stop) => void stops.push(stop),
    addLast: (stop) => void last.push(stop),
    async stop() {
      for (const some of [stops, last]) await Promise.all(some.map((stop) => stop()));
    },
  };
}
