import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterFile } from '../harness/clean-up.ts';
import { freePort } from '../harness/free-port.ts';
import { launchWindowedChromium } from './chromium.ts';

/**
 * A window whose tabs are hidden unless they are in front, as a person's are. Playwright otherwise makes every page believe that
 * it is visible.
 */
export async function openWindow(): Promise<BrowserContext> {
  const port = await freePort();
  await launchWindowedChromium([`--remote-debugging-port=${port}`]);
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  afterFile(() => browser.close());
  const [window] = browser.contexts();
  if (!window) throw new Error('Chromium has no window');
  return window;
}

export function isHidden(tab: Page): Promise<boolean> {
  return tab.evaluate<boolean>(`document.visibilityState === 'hidden'`);
}
