import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listPages, readPage } from './docs/markdown.ts';

const root = join(import.meta.dirname, '..');

/** Old or roundabout words, and machines that talk. See docs/contribute/style.md for what to write instead. */
const WORDS =
  /\b(in vain|whoever|whomever|anew|nobody|somebody|lest|behold|to the letter|mend(?:s|ed|ing)?|left-?overs?|at hand|(?:is|are|was|were) told|(?:was|been|is) heard|hears? of|go(?:es|ing)? on|went on|lets? go|wrongly|meanwhile|as ever|such as are|be it)\b/i;

/** Declared names that are pronouns, participles or superlatives, and functions that create a gerund. */
const NAMES =
  /\b(?:const|let|function|class|interface|type|readonly)\s+((?:asked|said|told|heard|its|most|least|nobody|PATIENCE|(?:[A-Z]+_)*(?:ASKED|SAID|MOST|LEAST|LIVES)|create\w+(?<!Str)ing)\b)/g;

/** Comments, then text between quotes or backticks; the order keeps a quote in a comment from starting a text. */
const TOKENS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

const sources = new Map(
  globSync('{src,packages/*/src}/**/*.{ts,js}', { cwd: root }).map((file) => [
    file,
    readFileSync(join(root, file), 'utf8'),
  ]),
);

function findWords(source: string, isConcerned: (token: string) => boolean): string[] {
  return [...source.matchAll(TOKENS)]
    .map(([token]) => token)
    .filter(isConcerned)
    .flatMap((token) => {
      const [word] = WORDS.exec(token) ?? [];
      return word === undefined ? [] : [`"${word}" in ${token.replace(/\s+/g, ' ').slice(0, 120)}`];
    });
}

/** @param texts the lines of each file */
function assertNoWords(texts: readonly (readonly [file: string, lines: readonly string[]])[]): void {
  const wrong = texts.flatMap(([file, lines]) =>
    lines.filter((line) => WORDS.test(line)).map((line) => `${file}: ${line.trim().slice(0, 160)}`),
  );
  assert.deepEqual(wrong, []);
}

/** Applies a rule to every file. @param find returns what breaks the rule in a source */
function assertPlain(find: (source: string) => readonly string[]): void {
  assert.ok(sources.size > 300, `${sources.size} files`);
  const wrong = [...sources].flatMap(([file, source]) => find(source).map((each) => `${file}: ${each}`));
  assert.deepEqual(wrong, []);
}

test('logs, errors and pages use none of the words that a native engineer would not use', () => {
  assertPlain((source) => findWords(source, (token) => !token.startsWith('/')));
});

test('comments use none of these words either', () => {
  assertPlain((source) => findWords(source, (token) => token.startsWith('/')));
});

test('comments of the database use none of these words', () => {
  const files = globSync('database/{migrations,functions}/**/*.sql', { cwd: root });
  assert.ok(files.length > 40, `${files.length} files`);
  assertNoWords(files.map((file) => [file, readFileSync(join(root, file), 'utf8').match(/--.*/g) ?? []]));
});

test('the documentation uses none of these words, except the page that lists them', () => {
  const pages = listPages().filter((page) => page !== 'docs/contribute/style.md');
  assert.ok(pages.length > 50, `${pages.length} pages`);
  assertNoWords(pages.map((page) => [page, readPage(page).split('\n')]));
});

test('titles of tests use none of these words', () => {
  const files = globSync('{test,packages/*/test}/**/*.test.ts', { cwd: root });
  assert.ok(files.length > 300, `${files.length} files`);
  assertNoWords(
    files.map((file) => [
      file,
      readFileSync(join(root, file), 'utf8').match(/\b(?:test|suite)\(\s*['"`].*/g) ?? [],
    ]),
  );
});

test('names are nouns and verbs, not pronouns or participles', () => {
  assertPlain((source) =>
    [...source.replace(TOKENS, "''").matchAll(NAMES)].map(([, name]) => `the name "${name}"`),
  );
});
