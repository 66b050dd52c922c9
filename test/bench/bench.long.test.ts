import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertReport } from './bench-report.ts';

/** All but `sip`, which needs phones and an Asterisk. */
const PARTS = [
  'calls',
  'open',
  'single',
  'burst',
  'tokens',
  'nodes',
  'webhooks',
  'streams',
  'growth',
  'history',
  'memory',
];

const PATHS = [
  /^open and end a call$/,
  /^open and end a call, one at a time: p50$/,
  /^GET \/api\/v1\/calls\?ongoing=true$/,
  /^GET \/api\/v1\/calls\/\{callId\}$/,
  /^POST \/rest\/call$/,
  /^POST \/api\/v1\/calls$/,
  /^POST \/click-to-dial\/[^/]+\/calls$/,
  /^opening a call with no other request/,
  /^POST \/rest\/call by others, while one user sends 20 requests at once/,
  /^POST \/oauth\/token, client credentials$/,
  /^POST \/oauth\/token, refresh token with rotation$/,
  /^POST \/oauth\/introspect$/,
  /^memory under this load$/,
  /^open and end a call, 2 nodes: processor time$/,
  /^open and end a call, 4 nodes/,
  /^open and end a call, 8 nodes/,
  /^GET \/api\/v1\/calls\?ongoing=true, 2 nodes/,
  /^GET \/api\/v1\/calls\?ongoing=true, 4 nodes/,
  /^GET \/api\/v1\/calls\?ongoing=true, 8 nodes/,
  /^webhooks, opening the calls included$/,
  /^webhook after the call was opened/,
  /^event to its live stream, of 20: p50$/,
  /^event to its live stream, of 20: p99$/,
  /^event to its live stream, of 20: processor time/,
  /^open and end a call, with 200 people and 400 calls: time per request$/,
  /^GET \/api\/v1\/calls\?ongoing=true, with 200 people/,
  /^GET \/api\/v1\/calls\/\{callId\}, with 200 people/,
  /^POST \/oauth\/token, client credentials, with 200 people/,
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
  const watch = watchArguments();
  let shown: string[] = [];
  try {
    await assertReport(PARTS, PATHS);
  } finally {
    shown = watch.stop();
  }
  assert.ok(shown.some((each) => each.includes('call-service.ts')));
  assert.deepEqual(
    shown.filter((each) => /:\/\/[^\0]*\/clicktocall_bench_/.test(each)),
    [],
  );
});
