import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { type Outcome, reliabilityPage } from './reliability-page.ts';

/**
 * Runs the full campaigns, one file after another, and writes the results to docs/reliability.md: `npm run torture`, or
 * `npm run torture -- NAME` for files with NAME in their name.
 */
const root = join(import.meta.dirname, '../..');
const PAGE = join(root, 'docs/reliability.md');
const TEST = ['--test', '--test-reporter=spec', '--test-global-setup=test/harness/global-setup.ts'];

const [name] = process.argv.slice(2);
const files = globSync('test/campaigns/**/*.{long,browser,phones}.test.ts', { cwd: root })
  .filter((file) => name === undefined || basename(file).includes(name))
  .sort();
if (files.length === 0) {
  console.error(`no campaign's file has ${name} in its name`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'clicktocall-torture-'));
try {
  const machine = await describeMachine();
  const before = name === undefined ? '' : textOf(PAGE);
  const outcomes: Outcome[] = [];
  for (const file of files) {
    outcomes.push(await run(file));
    writeFileSync(PAGE, reliabilityPage(before, outcomes, new Date(), machine));
  }
  const failed = outcomes.filter(({ results }) => results.length === 0).map(({ campaign }) => campaign);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function run(file: string): Promise<Outcome> {
  console.log(`\n${file}`);
  const [campaign = ''] = basename(file).split('.');
  const kept = join(folder, `${campaign}.jsonl`);
  const env = { ...process.env, TORTURE: 'full', TORTURE_RESULTS: kept };
  const [code] = await once(
    spawn(process.execPath, [...TEST, file], { cwd: root, env, stdio: 'inherit' }),
    'close',
  );
  const lines = code === 0 ? textOf(kept).split('\n').filter(Boolean) : [];
  return { campaign, results: lines.map((line) => JSON.parse(line)) };
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
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
