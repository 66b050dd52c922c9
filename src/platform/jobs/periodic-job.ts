/** Something that a server does every so often, and sooner when asked to; never twice at once. */
export interface PeriodicJob {
  /** Runs it now; when it is running, once more afterwards. */
  runNow(): void;
  /** Waits for the run in progress. */
  stop(): Promise<void>;
}

export interface PeriodicJobSettings {
  readonly everyMs: number;
  /** `signal` is aborted when the job stops: work of several steps then ends after the current one. */
  run(signal: AbortSignal): Promise<void>;
  /** The job runs again when it is next due. */
  onError(error: unknown): void;
  /** False: it runs for the first time after `everyMs`. */
  readonly runAtStart?: boolean;
}

export function startPeriodicJob(settings: PeriodicJobSettings): PeriodicJob {
  const { everyMs, run, onError, runAtStart = true } = settings;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;

  async function runUntilDone(): Promise<void> {
    do {
      again = false;
      await run(stopping.signal).catch(onError);
    } while (again && !stopping.signal.aborted);
    running = undefined;
  }

  function runNow(): void {
    if (stopping.signal.aborted) return;
    again = true;
    running ??= runUntilDone();
  }

  const timer = setInterval(() => {
    running ??= runUntilDone();
  }, everyMs).unref();
  if (runAtStart) runNow();

  return {
    runNow,
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}
