import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import { HtmlValidate } from 'html-validate';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const validator = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:a11y'],
  rules: {
    'no-inline-style': 'error',
    'require-sri': 'off',
    'no-redundant-role': 'off', // of tables, which lose theirs where the style sheet makes blocks of them
    'prefer-native-element': [
      'error',
      { exclude: ['table', 'row', 'rowgroup', 'cell', 'columnheader', 'rowheader'] },
    ],
  },
});

/** What axe finds on a page as it is shown now: nothing. */
export async function assertAccessible(page: Page): Promise<void> {
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(async () => {
    // In the page, whose globals are not ours: the script above has put it there.
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    return axe.run();
  });
  assert.deepEqual(violations.map(summaryOf), [], `axe, at ${page.url()}`);
}

function summaryOf({ id, help, nodes }: axe.Result): string {
  return `${id}: ${help} (${nodes.map(({ html }) => html).join(' · ')})`;
}

/** @param html as the server sent it */
export async function assertValidHtml(html: string, where: string): Promise<void> {
  const { results } = await validator.validateString(html);
  const messages = results.flatMap((result) => result.messages);
  assert.deepEqual(
    messages.map(({ ruleId, message, line }) => `${ruleId}, line ${line}: ${message}`),
    [],
    `html-validate, at ${where}`,
  );
}

/** Nothing is cut off or needs scrolling sideways. */
export async function assertFits(page: Page): Promise<void> {
  const [content, window] = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  assert.ok(content <= window, `${page.url()} is ${content} wide in a window of ${window}`);
}
