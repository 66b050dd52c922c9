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

/** A warning of a function in the database, which PostgreSQL writes to its own log. */
const WARNED = /\bRAISE WARNING '([^']+)'/g;

/** `…` stands for what a message is completed with. */
function messagesOf(source: string): string[] {
  return [...source.matchAll(LOGGED)].map(([, logged, named]) =>
    (logged ?? named ?? '').replace(/\$\{[^}]*\}/g, '…'),
  );
}

function warningsOf(source: string): string[] {
  return [...source.matchAll(WARNED)].map(([, message = '']) => message.replace(/%/g, '…'));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

test('docs/operate/logs.md has every message that the server and its database log, and no other', () => {
  const logged = new Set([
    ...globSync('{src,packages/*/src}/**/*.ts', { cwd: ROOT }).flatMap((file) => messagesOf(read(file))),
    ...globSync('database/functions/**/*.sql', { cwd: ROOT }).flatMap((file) => warningsOf(read(file))),
  ]);
  const documented = [...readPage('docs/operate/logs.md').matchAll(/^\| `((?:\w+ )?\w+: [^`]+)` \|/gm)];
  assert.ok(logged.size > 40, `${logged.size} messages`);
  assert.deepEqual(documented.map(([, message = '']) => message).toSorted(), [...logged].toSorted());
});
