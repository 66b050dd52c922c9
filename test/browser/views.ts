import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Visit } from './chromium.ts';
import { assertAccessible, assertFits, assertValidHtml } from './inspect.ts';

/** Light on a desk, and dark on the smallest telephone: so every page is seen in both colours and in both widths. */
const VIEWS = [
  { colorScheme: 'light', width: 1280, height: 800 },
  { colorScheme: 'dark', width: 320, height: 640 },
] as const;

/** Opens an address and finds nothing wrong with the page that comes. */
export async function assertGoodPage({ page, complaints }: Visit, url: string, status = 200): Promise<void> {
  const response = await page.goto(url);
  assert.equal(response?.status(), status, url);
  const headers = response?.headers() ?? {};
  assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/, url);
  await assertValidHtml((await response?.text()) ?? '', url);
  await assertGoodInAllViews(page);
  const unexpected = complaints.filter((text) => !text.includes(`status of ${status}`));
  assert.deepEqual(unexpected, [], url);
}

/** Finds nothing wrong with the page as it is shown now. */
export async function assertGoodInAllViews(page: Page): Promise<void> {
  for (const { colorScheme, width, height } of VIEWS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await assertFits(page);
    await assertAccessible(page);
  }
  await page.setViewportSize({ width: VIEWS[0].width, height: VIEWS[0].height });
}
