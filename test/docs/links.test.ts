import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { anchorsOf, linksOf, listPages, ROOT, readPage } from './markdown.ts';

const pages = new Map(listPages().map((path) => [path, readPage(path)]));

/** What is wrong with a relative link, if anything. */
function problemWith(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return `${page} links to ${link}: there is no ${target}`;
  if (anchor === undefined) return undefined;
  const text = pages.get(target);
  if (text === undefined) return `${page} links to ${link}: ${target} is not a page`;
  return anchorsOf(text).has(anchor) ? undefined : `${page} links to ${link}: ${target} has no such heading`;
}

test('every relative link in the documentation leads to a file and a heading', () => {
  assert.ok(pages.size > 30, `${pages.size} pages`);
  const problems = [...pages].flatMap(([page, text]) =>
    linksOf(text)
      .filter((link) => !/^(https?|mailto):/.test(link))
      .map((link) => problemWith(page, link)),
  );
  assert.deepEqual(
    problems.filter((problem) => problem !== undefined),
    [],
  );
});

test('every file that the documentation names exists', () => {
  const named = /`((?:src|test|bench|docs|scripts|database|packages|deploy)\/[\w./-]+)`/g;
  const missing = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(named)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${page} names ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('every page can be reached from the README', () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    const text = pages.get(page);
    if (text === undefined || reached.has(page)) return;
    reached.add(page);
    for (const link of linksOf(text)) {
      const target = join(dirname(page), link.split('#')[0] ?? '');
      visit(existsSync(join(ROOT, target)) && isFolder(target) ? join(target, 'README.md') : target);
    }
  };
  visit('README.md');
  const lost = [...pages.keys()].filter((page) => !page.startsWith('.github/') && !reached.has(page));
  assert.deepEqual(lost, []);
});

function isFolder(path: string): boolean {
  return statSync(join(ROOT, path)).isDirectory();
}

test('the list of decisions has every decision with its title', () => {
  const list = readPage('docs/adr/README.md');
  const decisions = [...pages].filter(([page]) => /^docs\/adr\/\d/.test(page));
  const missing = decisions
    .map(([page, text]) => {
      const [, number, title] = /^# (\d+)\. (.+)$/m.exec(text) ?? [];
      return `| ${number} | [${title}](${page.replace('docs/adr/', '')}) |`;
    })
    .filter((row) => !list.includes(`\n${row}\n`));
  assert.deepEqual(missing, []);
});
