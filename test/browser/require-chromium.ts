import { spawnSync } from 'node:child_process';
import { findChromium, findHeadlessShell } from './chromium.ts';

/** Brings the browser where Debian's package manager is at hand; elsewhere says what to install. */
if (findChromium() === undefined || findHeadlessShell() === undefined) {
  console.log('Chromium or its headless shell is missing: apt-get installs them.');
  const packages = ['chromium', 'chromium-headless-shell'];
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { stdio: 'inherit' });
  if (findChromium() === undefined) {
    console.error('The browser tests need Chromium: install it, or name one as CHROMIUM=/path/to/chromium.');
    process.exit(1);
  }
  if (findHeadlessShell() === undefined)
    console.log('Without chromium-headless-shell, the browser tests take twice as long.');
}
