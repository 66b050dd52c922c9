import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { launchChromium, visit } from '../browser/chromium.ts';
import { page as sitePage, startSite } from '../browser/sites.ts';
import { startApp } from '../harness/app.ts';
import { addModernClient, addUser, modernToken } from '../harness/people.ts';

const app = await startApp();
const browser = await launchChromium();
const own = await startSite(sitePage('The application'));
const other = await startSite(sitePage('Another site'));
const client = await addModernClient(app, { origins: [own] });
await addModernClient(app, { origins: ['https://other.example'] });
await addUser(app, 'anna');
const token = await modernToken(app, client, 'anna', 'openid profile');

/** What a script of the page reads: the answer, or the error of fetch(). */
function read(page: Page, method: 'GET' | 'POST'): Promise<string> {
  return page.evaluate(
    ({ url, bearer, by }) =>
      fetch(url, { method: by, headers: { authorization: bearer } }).then(
        (answer) => answer.text(),
        (error) => String(error),
      ),
    { url: `${app.url}/oauth/userinfo`, bearer: `Bearer ${token}`, by: method },
  );
}

test('a script reads UserInfo from a web origin of the client of its token, and from no other', async () => {
  const { page } = await visit(browser);
  for (const method of ['GET', 'POST'] as const) {
    await page.goto(own);
    assert.equal(JSON.parse(await read(page, method)).name, 'anna');
    await page.goto(other);
    assert.equal(await read(page, method), 'TypeError: Failed to fetch');
  }
});
