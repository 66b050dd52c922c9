import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, readPage } from './markdown.ts';

const MESSAGE = "['`]((?:\\w+ )?\\w+: [^'`]+)['`]";
/** A call of the logger, up to its message; or a message that has a name. */
const LOGGED = new RegExp(
  `\\blog(?:ger)?(?:\\.(?:debug|info|warn|error|fatal)|\\[\\w+\\])\\([^;]{0,300}?${MESSAGE}|\\bmessage = ${MESSAGE}`,
  'g',
);

/** `…` stands for what a message is completed with. */
function messagesOf(source: string): string[] {
  return [...source.matchAll(LOGGED)].map(([, logged, named]) =>
    (logged ?? named ?? '').replace(/\$\{[^}]*\}/g, '…'),
  );
}

test('docs/operate/logs.md has every message that the server logs, and no other', () => {
  const files = globSync('{src,packages/*/src}/**/*.ts', { cwd: ROOT });
  const logged = new Set(files.flatMap((file) => messagesOf(readFileSync(join(ROOT, file), 'utf8'))));
  const documented = [...readPage('docs/operate/logs.md').matchAll(/^\| `((?:\w+ )?\w+: [^`]+)` \|/gm)];
  assert.ok(logged.size > 40, `${logged.size} messages`);
  assert.deepEqual(documented.map(([, message = '']) => message).toSorted(), [...logged].toSorted());
});
