import { spawnSync } from 'node:child_process';
import { installPackages } from '../peers/apt-get.ts';
import { type Card, cards } from './cards.ts';

const PACKAGES = [
  ...Object.values<Card>(cards).flatMap(({ debian }) => debian?.package ?? []),
  'golang-go', // compiles the programs in Go
  'python3-jose', // python-social-auth only recommends it
  'ruby-webrick', // serves the application of OmniAuth
  'xdg-utils', // opens the browser for installed applications
];

/** Brings the client libraries that Debian has, where its package manager is at hand; elsewhere says what to install. */
const missing = findMissing();
if (missing.length > 0) {
  installPackages(...missing);
  const still = findMissing();
  if (still.length > 0) {
    console.error(
      `Client libraries come from Debian's packages ${still.join(', ')}, which are missing: install them.`,
    );
    process.exit(1);
  }
}

function findMissing(): string[] {
  const format = `--showformat=\${Package} \${db:Status-Status}\n`;
  const { stdout } = spawnSync('dpkg-query', ['--show', format, ...PACKAGES], { encoding: 'utf8' });
  const installed = new Set((stdout ?? '').split('\n'));
  return PACKAGES.filter((name) => !installed.has(`${name} installed`));
}
