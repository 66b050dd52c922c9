import assert from 'node:assert/strict';
import type { TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { PASSWORD } from '../../harness/people.ts';

/** A browser in which the user has signed in to My account. */
export async function visitor(
  app: Pick<TestApp, 'url'>,
  username: string,
  password = PASSWORD,
): Promise<Browser> {
  const browser = new Browser(app.url);
  const answer = await browser.post('/sign-in', { username, password });
  assert.equal(answer.status, 303, answer.text);
  return browser;
}

/** The text of a page, without its tags, one space between words. */
export function textOf({ text }: Pick<Answer, 'text'>): string {
  const [, main = text] = /<main[^>]*>(.*)<\/main>/s.exec(text) ?? [];
  return main
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#?\w+;/g, (entity) => entity)
    .replace(/\s+/g, ' ')
    .trim();
}

/** The texts of the cells of a page's table, row by row. */
export function rowsOf({ text }: Pick<Answer, 'text'>): string[][] {
  const [, body = ''] = /<tbody[^>]*>(.*?)<\/tbody>/s.exec(text) ?? [];
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map(([, cell = '']) => textOf({ text: cell })),
  );
}
