import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/database/embedded/embedded.ts';
import type { Result } from './campaign.ts';
import { reliabilityPage } from './reliability-page.ts';

/**
 * Runs the campaigns whole, one file after another, and writes what they found to docs/reliability.md, when all did well.
 * `npm run torture -- NAME` runs those with NAME in their file's name, and writes nothing.
 */
const root = join(import.meta.dirname, '../..');
const PAGE = join(root, 'docs/reliability.md');
const TEST = ['--test', '--test-reporter=spec', '--test-global-setup=test/harness/global-setup.ts'];

const [name] = process.argv.slice(2);
const files = globSync('test/campaigns/**/*.{long,browser}.test.ts', { cwd: root })
  .filter((file) => name === undefined || basename(file).includes(name))
  .sort();
if (files.length === 0) {
  console.error(`no campaign's file has ${name} in its name`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'clicktocall-torture-'));
try {
  const results = join(folder, 'results.jsonl');
  const failed: string[] = [];
  for (const file of files) if (!(await succeeds(file, results))) failed.push(file);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  } else if (name === undefined) {
    writeFileSync(PAGE, reliabilityPage(read(results), new Date(), await describeMachine()));
    console.log('written: docs/reliability.md');
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function succeeds(file: string, results: string): Promise<boolean> {
  console.log(`\n${file}`);
  const env = { ...process.env, TORTURE: 'full', TORTURE_RESULTS: results };
  const [code] = await once(
    spawn(process.execPath, [...TEST, file], { cwd: root, env, stdio: 'inherit' }),
    'close',
  );
  return code === 0;
}

function read(file: string): Result[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return lines.map((line) => JSON.parse(line));
}

async function describeMachine(): Promise<string> {
  const embedded = await startEmbedded(join(folder, 'data'));
  const client = new pg.Client({ connectionString: embedded.url });
  await client.connect();
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version') AS version`,
  );
  await client.end();
  await embedded.release();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores, ${gigabytes} GB of memory, Node ${process.versions.node}, PostgreSQL ${rows[0]?.version}`;
}
