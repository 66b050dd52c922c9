import assert from 'node:assert/strict';
import type { BrowserContextOptions } from 'playwright-core';
import type { Visit } from './chromium.ts';
import { assertAccessible, assertFits, assertValidHtml } from './inspect.ts';

/** What a page must be good in: light and dark, on a desk and on the smallest telephone. */
export const VIEWS: Readonly<Record<string, BrowserContextOptions>> = {
  'light, 1280 px': { colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  'dark, 1280 px': { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  'light, 320 px': { colorScheme: 'light', viewport: { width: 320, height: 640 } },
  'dark, 320 px': { colorScheme: 'dark', viewport: { width: 320, height: 640 } },
};

/** Opens an address and finds nothing wrong with the page that comes. */
export async function assertGoodPage({ page, complaints }: Visit, url: string, status = 200): Promise<void> {
  const response = await page.goto(url);
  assert.equal(response?.status(), status, url);
  const headers = response?.headers() ?? {};
  assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/, url);
  await assertValidHtml((await response?.text()) ?? '', url);
  await assertFits(page);
  await assertAccessible(page);
  const unexpected = complaints.filter((text) => !text.includes(`status of ${status}`));
  assert.deepEqual(unexpected, [], url);
}
