import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { environment, temporaryFolder } from '../harness/server-process.ts';

const MAIN = join(import.meta.dirname, '../../bench/main.ts');
/** Long enough for a busy machine. */
const TIMEOUT_MS = 240_000;

/** A row of the report: path, compared with, target, measured, figures, remark. */
const LINE = /^\| ([^|]+) \| [^|]* \| [^|]* \| ([\d.,]+)[^|]* \| [^|]+ \| [^|]*\|$/gm;

const PATHS = [
  /^POST \/rest\/call$/,
  /^POST \/api\/v1\/calls$/,
  /^POST \/click-to-dial\/[^/]+\/calls$/,
  /^POST \/rest\/call, one at a time$/,
  /^opening a call with no other request/,
  /^POST \/rest\/call by others, while one user sends 20 requests at once/,
  /^GET \/rest\/call$/,
  /^GET \/rest\/call\?token_call=…$/,
  /^GET \/api\/v1\/calls\?ongoing=true$/,
  /^GET \/api\/v1\/calls\/\{callId\}$/,
  /^node:http with a look-up of token and call/,
  /^POST \/oauth\/token, client credentials$/,
  /^POST \/oauth\/token, refresh token with rotation$/,
  /^POST \/oauth\/introspect$/,
  /^POST \/rest\/call, two nodes$/,
  /^GET \/rest\/call, two nodes$/,
  /^event to a webhook/,
  /^event to a live stream/,
  /^GET \/admin\/calls, any search, any page/,
  /^the deepest page/,
  /^memory after the start$/,
  /^memory of a process that only loads the larger libraries/,
  /^memory after 100 calls opened and ended$/,
];

/** What other users of the machine see while the benchmark runs: the arguments of its processes. Linux only. */
function watchArguments(): { readonly stop: () => string[] } {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const file of globSync('/proc/[0-9]*/cmdline')) seen.add(contentOf(file));
  }, 200);
  return {
    stop() {
      clearInterval(timer);
      return [...seen];
    },
  };
}

/** Empty if the process has ended. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test('the benchmark measures every path, writes its report, and shows no connection string', async () => {
  const databaseUrl = await createDatabase();
  const file = join(temporaryFolder(), 'performance.md');
  let shown: string[] = [];
  const watch = watchArguments();
  try {
    const env = environment({ DATABASE_URL: databaseUrl });
    const args = [MAIN, '--tiny', '--write', file];
    await promisify(execFile)(process.execPath, args, { env, timeout: TIMEOUT_MS });
  } finally {
    shown = watch.stop();
    await dropDatabase(databaseUrl);
  }
  assert.ok(shown.some((each) => each.includes('token-lookup.ts')));
  assert.deepEqual(
    shown.filter((each) => /:\/\/[^\0]*\/clicktocall_bench_/.test(each)),
    [],
  );
  const lines = [...readFileSync(file, 'utf8').matchAll(LINE)].map(([, path = '', measured = '']) => ({
    path,
    measured: Number(measured.replaceAll(',', '')),
  }));
  assert.equal(lines.length, PATHS.length, JSON.stringify(lines));
  for (const [index, path] of PATHS.entries()) assert.match(lines[index]?.path ?? '', path);
  assert.deepEqual(
    lines.filter(({ measured }) => Number.isNaN(measured)),
    [],
  );
});
