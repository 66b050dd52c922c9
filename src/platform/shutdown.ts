/** A part of the server that works until it is stopped. */
export interface Stoppable {
  stop(): unknown;
}

/** What a server must stop in the end, and also when another part fails to start. */
export interface Shutdown {
  /** @returns the part */
  add<Part extends Stoppable>(part: Part): Part;
  /** Adds a part that the others still use while they stop. @returns the part */
  addLast<Part extends Stoppable>(part: Part): Part;
  /** Stops all parts at once, since each may wait for work in progress, and then the last ones. */
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
