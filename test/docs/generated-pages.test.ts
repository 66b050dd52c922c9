import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { variables } from '../../src/config/config.ts';
import { readPage } from './markdown.ts';

for (const { file, text } of generatedPages)
  test(`${file} is up to date`, () => {
    assert.ok(readPage(file) === text(), `${file} is out of date: run \`npm run docs\``);
  });

test('the configuration page has every variable', () => {
  const page = readPage('docs/operate/configuration.md');
  const missing = Object.keys(variables).filter((name) => !page.includes(`\n| \`${name}\` | `));
  assert.deepEqual(missing, []);
});
