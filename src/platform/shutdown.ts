/** A part of the server that runs until it is stopped. */
export interface Stoppable {
  stop(): unknown;
}

/** The parts to stop at shutdown, or when another part fails to start. */
export interface Shutdown {
  /** @returns the part */
  add<Part extends Stoppable>(part: Part): Part;
  /** Adds a part that other parts use while they stop. @returns the part */
  addLast<Part extends Stoppable>(part: Part): Part;
  /** Stops all parts in parallel, since each may wait for work in progress, and then the last parts. */
  run(): Promise<void>;
}

export function createShutdown(): Shutdown {
  const parts: Stoppable[] = [];
  const lastParts: Stoppable[] = [];
  return {
    add(part) {
      parts.push(part);
      return part;
    },
    addLast(part) {
      lastParts.push(part);
      return part;
    },
    async run() {
      for (const group of [parts, lastParts]) await Promise.all(group.map((part) => part.stop()));
    },
  };
}
