/** Something that is done now and then, and sooner when woken; never twice at a time. */
export interface WakeableLoop {
  wake(): void;
  /** Waits for what is being done. */
  stop(): Promise<void>;
}

/**
 * @param work what to do; a failure is reported and made up for next time
 * @param everyMs how often at least
 */
export function startLoop(
  work: () => Promise<void>,
  everyMs: number,
  report: (error: unknown) => void,
): WakeableLoop {
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function run(): Promise<void> {
    do {
      again = false;
      await work().catch(report);
    } while (again && !stopped);
    running = undefined;
  }

  function wake(): void {
    if (stopped) return;
    again = true;
    running ??= run();
  }

  const timer = setInterval(wake, everyMs).unref();
  wake();
  return {
    wake,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
