import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, readPage } from './markdown.ts';

test('docs/operate/metrics.md has every metric that the server registers, and no other', () => {
  const sources = globSync('src/**/*.ts', { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const registered = sources.flatMap((source) => [...source.matchAll(/\bname: ['`](clicktocall_[^'`]+)/g)]);
  const rows = readPage('docs/operate/metrics.md').match(/^\| `clicktocall_.+ \|$/gm) ?? [];
  const documented = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(clicktocall_\w+)/g)]);
  assert.ok(registered.length > 10, `${registered.length} metrics`);
  assert.deepEqual(namesOf(documented), namesOf(registered));
});

function namesOf(matches: readonly RegExpMatchArray[]): string[] {
  return [...new Set(matches.map(([, name = '']) => name))].toSorted();
}
