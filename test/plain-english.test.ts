import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Old or roundabout words, and machines that talk. See docs/contribute/style.md for what to write instead. */
const WORDS =
  /\b(in vain|whoever|whomever|anew|nobody|lest|behold|to the letter|mend(?:s|ed|ing)?|left-?overs?|at hand|(?:is|are|was|were) told|(?:was|been|is) heard|hears? of|go(?:es|ing)? on|went on|lets? go|wrongly)\b/i;

/** Comments, then text between quotes or backticks; the order keeps a quote in a comment from starting a text. */
const TOKENS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;

function textsOf(source: string): string[] {
  return [...source.matchAll(TOKENS)].map(([text]) => text).filter((text) => !text.startsWith('/'));
}

test('logs, errors and pages use none of the words that a native engineer would not use', () => {
  const files = globSync('{src,packages/*/src}/**/*.{ts,js}', { cwd: root });
  assert.ok(files.length > 300, `${files.length} files`);
  const found = files.flatMap((file) =>
    textsOf(readFileSync(join(root, file), 'utf8'))
      .map((text) => ({ text, word: WORDS.exec(text)?.[0] }))
      .filter(({ word }) => word !== undefined)
      .map(({ text, word }) => `${file}: "${word}" in ${text.replace(/\s+/g, ' ').slice(0, 120)}`),
  );
  assert.deepEqual(found, []);
});
