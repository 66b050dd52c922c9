import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linksOf, readPage } from './markdown.ts';

const HEADER = '| section | requirement | here | test |\n| --- | --- | --- | --- |\n';

for (const [page, rows] of [
  ['docs/secure/oauth-best-practice.md', 25],
  ['docs/secure/browser-based-applications.md', 20],
] as const) {
  test(`${page} says for each requirement how it is met, and names a test`, () => {
    const [, table = ''] = readPage(page).split(HEADER);
    const [body = ''] = table.split('\n\n');
    const lines = body.trim().split('\n');
    const incomplete = lines.filter((line) => {
      const [, section, requirement, here, tests = '', ...rest] = line.split('|').map((cell) => cell.trim());
      return !section || !requirement || !here || rest.length !== 1 || !linksOf(tests).some(isTest);
    });
    assert.ok(lines.length >= rows, `${lines.length} rows`);
    assert.deepEqual(incomplete, []);
  });
}

function isTest(link: string): boolean {
  return /^\.\.\/\.\.\/test\/[\w/.-]+\.test\.ts$/.test(link);
}
