import { spawnSync } from 'node:child_process';
import { findChromium } from './chromium.ts';

/** Brings the browser where Debian's package manager is at hand; elsewhere says what to install. */
if (findChromium() === undefined) {
  console.log('Chromium is missing: apt-get installs it.');
  const { status } = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
    stdio: 'inherit',
  });
  if (status !== 0 || findChromium() === undefined) {
    console.error('The browser tests need Chromium: install it, or name one as CHROMIUM=/path/to/chromium.');
    process.exit(1);
  }
}
