import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listPages, ROOT, readPage } from './markdown.ts';

const PAGE = 'docs/use-the-api/conformance.md';

/** Modules and results, as `NAME RESULT`, by the plan they belong to. */
function readTable(section: string): string[] {
  const [, text = ''] = readPage(PAGE).split(`\n## ${section}\n`);
  const [table = ''] = text.split('\n## ');
  return [...table.matchAll(/^\| `(oidcc-\S+)` \| (passes|warns|skipped|fails) \|/gm)].map(
    ([, module, result]) => `${module} ${result}`,
  );
}

/** The same in the titles of the tests, which begin with `NAME (RESULT): `. */
function readTests(files: string): string[] {
  return globSync(`test/web/oauth/conformance/${files}.test.ts`, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/^test\(\s*'(oidcc-\S+) \((\w+)\): /gm)].map(
      ([, module, result]) => `${module} ${result}`,
    ),
  );
}

for (const [section, files, count] of [
  ['Basic OP', 'basic-op-*', 38],
  ['RP-Initiated Logout', 'rp-initiated-logout', 11],
] as const)
  test(`each of the ${count} modules of ${section} has one test, and its result on the page`, () => {
    assert.equal(readTests(files).length, count);
    assert.deepEqual(readTable(section).toSorted(), readTests(files).toSorted());
  });

test('no page says that this server is certified: its library is', () => {
  const claims = listPages().flatMap((page) =>
    [...readPage(page).matchAll(/^.*(?<!not )\bcertified(?!\s+library).*$/gim)].map(
      ([line]) => `${page}: ${line}`,
    ),
  );
  assert.deepEqual(claims, []);
});
