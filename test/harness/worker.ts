import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { cleanUp } from './clean-up.ts';

/**
 * Runs test files one after another in this process, until none is left that no other worker has claimed. Each is a test
 * of its own, named after the file, and its tests are subtests; what they start ends with it. The code of the server is
 * loaded and compiled once for all of them; databases and applications are each file's own.
 */
const files: readonly string[] = JSON.parse(process.env['TEST_FILES'] ?? '[]');

for (const file of files) {
  if (!claim(file)) continue;
  await test(file, async (context) => {
    context.after(cleanUp);
    await import(resolve(file));
  });
}

/** Making a folder succeeds in one process alone. */
function claim(file: string): boolean {
  try {
    mkdirSync(join(process.env['TEST_CLAIMS'] ?? '', encodeURIComponent(file)));
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}
