import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { environment, temporaryFolder } from '../harness/server-process.ts';

const MAIN = join(import.meta.dirname, '../../bench/main.ts');
/** Long enough for a busy machine. */
const TIMEOUT_MS = 240_000;
/** A row of the report: path, compared with, target, measured, figures, remark. */
const LINE = /^\| ([^|]+) \| [^|]* \| [^|]* \| ([\d.,]+)[^|]* \| [^|]+ \| [^|]*\|$/gm;

/** Runs parts of the benchmark at its smallest, and checks that the report has a figure for each path, in this order. */
export async function assertReport(parts: readonly string[], paths: readonly RegExp[]): Promise<void> {
  const databaseUrl = await createDatabase();
  const file = join(temporaryFolder(), 'performance.md');
  try {
    const env = environment({ DATABASE_URL: databaseUrl });
    const args = [MAIN, '--tiny', '--write', file, ...parts];
    await promisify(execFile)(process.execPath, args, { env, timeout: TIMEOUT_MS });
  } finally {
    await dropDatabase(databaseUrl);
  }
  const lines = [...readFileSync(file, 'utf8').matchAll(LINE)].map(([, path = '', measured = '']) => ({
    path,
    measured: Number(measured.replaceAll(',', '')),
  }));
  assert.equal(lines.length, paths.length, JSON.stringify(lines));
  for (const [index, path] of paths.entries()) assert.match(lines[index]?.path ?? '', path);
  assert.deepEqual(
    lines.filter(({ measured }) => Number.isNaN(measured)),
    [],
  );
}
