import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { globalSetup, globalTeardown } from './harness/global-setup.ts';

/**
 * Runs the test files that match some patterns: `node test/run.ts 'test/web/oauth/*.test.ts'`. Those of the first pattern come first.
 * `--workers` says how many run at once: by default one for each processor; more where tests mostly wait.
 * A few workers take one file after another (harness/worker.ts): a process for each file spends more time on loading and
 * compiling the server than on its tests.
 */
const { values: options, positionals: patterns } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: String(availableParallelism()) } },
});
const files = [...new Set(patterns.flatMap((pattern) => globSync(pattern).sort()))];
if (files.length === 0) throw new Error('no test file matches');
/** More workers would need more connections than the tests' PostgreSQL has. */
const workers = Math.min(4, Number(options.workers), files.length);
const claims = mkdtempSync(join(tmpdir(), 'clicktocall-claims-'));
process.env['TEST_FILES'] = JSON.stringify(files);
process.env['TEST_CLAIMS'] = claims;

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
try {
  await globalSetup();
  const results = run({
    files: Array<string>(workers).fill(join(import.meta.dirname, 'harness/worker.ts')),
    concurrency: workers,
    signal: interrupted.signal,
  });
  results.on('test:fail', () => {
    process.exitCode = 1;
  });
  const report = results.compose(new spec());
  report.pipe(process.stdout);
  await finished(report);
} finally {
  await globalTeardown();
  rmSync(claims, { recursive: true, force: true });
}
