import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PeriodicJobSettings, startPeriodicJob } from '../../../src/platform/jobs/periodic-job.ts';
import { until } from '../../harness/until.ts';

const HOURLY = 3600_000;

/** A job whose runs the test ends. */
function startControlledJob(settings: Partial<PeriodicJobSettings> = {}) {
  const ends: (() => void)[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const job = startPeriodicJob({
    everyMs: HOURLY,
    onError: assert.ifError,
    async run() {
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      await new Promise<void>((resolve) => ends.push(resolve));
      atOnce--;
    },
    ...settings,
  });
  return { job, ends, mostAtOnce: () => mostAtOnce, end: (run: number) => ends[run]?.() };
}

test('a job runs at the start, and then at its interval', async () => {
  let runs = 0;
  const run = async () => void runs++;
  const job = startPeriodicJob({ everyMs: 5, run, onError: assert.ifError });
  assert.equal(runs, 1);
  await until('it has run three times', () => runs >= 3);
  await job.stop();
  const before = runs;
  await sleep(30);
  assert.equal(runs, before, 'it runs no more once it is stopped');
});

test('a job without a run at the start waits for its interval', async () => {
  const { job, ends } = startControlledJob({ runAtStart: false });
  assert.equal(ends.length, 0);
  await job.stop();
});

test('runs of a job never overlap, even if a run exceeds the interval', async () => {
  const { job, ends, end, mostAtOnce } = startControlledJob({ everyMs: 5 });
  await sleep(30);
  assert.equal(ends.length, 1);
  end(0);
  await until('it runs again', () => ends.length === 2);
  end(1);
  await job.stop();
  assert.equal(mostAtOnce(), 1);
});

test('requests during a run cause one more run', async () => {
  const { job, ends, end } = startControlledJob();
  for (let asked = 0; asked < 3; asked++) job.runNow();
  end(0);
  await until('it runs again', () => ends.length === 2);
  end(1);
  await sleep(10);
  assert.equal(ends.length, 2);
  await job.stop();
});

test('a failed run is reported, and the job runs again', async () => {
  const failures: unknown[] = [];
  const job = startPeriodicJob({
    everyMs: 5,
    run: () => Promise.reject(new Error('no')),
    onError: (error) => failures.push(error),
  });
  await until('it has failed twice', () => failures.length >= 2);
  await job.stop();
});

test('stopping a job signals the run in progress, waits for it, and prevents others', async () => {
  let [begun, ended] = [0, 0];
  const job = startPeriodicJob({
    everyMs: HOURLY,
    onError: assert.ifError,
    async run(signal) {
      begun++;
      while (!signal.aborted) await sleep(1);
      await sleep(20);
      ended++;
    },
  });
  await job.stop();
  assert.equal(ended, 1);
  job.runNow();
  assert.equal(begun, 1);
});
