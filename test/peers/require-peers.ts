import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PACKAGES = {
  'baresip-core': '/usr/bin/baresip',
  'sip-tester': '/usr/bin/sipp',
  kamailio: '/usr/sbin/kamailio',
  'kamailio-tls-modules': `/usr/lib/${triplet()}/kamailio/modules/tls.so`,
};

/** Brings phones, sipp and Kamailio where Debian's package manager is at hand; elsewhere says what to install. */
const missing = missingPackages();
if (missing.length > 0) {
  console.log(`Missing: ${missing.join(' ')}: apt-get installs them.`);
  const installed = install() || (aptGet('update') && install());
  if (!installed || missingPackages().length > 0) {
    console.error(`The tests with phones need Debian's packages ${missing.join(', ')}: install them.`);
    process.exit(1);
  }
}

function install(): boolean {
  return aptGet('install', '-y', '--no-install-recommends', ...missing);
}

function aptGet(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0;
}

function missingPackages(): string[] {
  return Object.entries(PACKAGES).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
}

/** The folder of this machine's libraries. */
function triplet(): string {
  return process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
}
