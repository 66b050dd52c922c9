import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { cleanUp } from './clean-up.ts';
import { assertNothingOpen } from './open-handles.ts';

/** How long the process may take to end after its last file. A file that left something open has failed by then. */
const ENDING_MS = 5_000;

/**
 * Runs test files one after another in this process, until all files are claimed by a worker. Each file is a test, named after the
 * file, with its tests as subtests; everything that they start ends with it. The code of the server is loaded and compiled once.
 * Each file has its own databases and applications.
 */
const files: readonly string[] = JSON.parse(process.env['TEST_FILES'] ?? '[]');

for (const file of files) {
  if (!claim(file)) continue;
  await test(file, async (context) => {
    context.after(async () => {
      await cleanUp();
      await assertNothingOpen();
    });
    await import(resolve(file));
  });
}
setTimeout(() => process.exit(), ENDING_MS).unref();

/** Creating a folder succeeds in only one process. */
function claim(file: string): boolean {
  try {
    mkdirSync(join(process.env['TEST_CLAIMS'] ?? '', encodeURIComponent(file)));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
