/** A job that runs at an interval, and on request. Runs never overlap. */
export interface PeriodicJob {
  /** Starts a run now, or another run after the one in progress. */
  runNow(): void;
  /** Stops the job and waits for the run in progress. */
  stop(): Promise<void>;
}

export interface PeriodicJobSettings {
  readonly everyMs: number;
  /** `signal` is aborted when the job stops, so that a run can end after its current step. */
  run(signal: AbortSignal): Promise<void>;
  /** Called when a run fails. The job runs again after the interval. */
  onError(error: unknown): void;
  /** False: the first run is after `everyMs`. */
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
