import { existsSync } from 'node:fs';
import { installPackages } from './apt-get.ts';

const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const PACKAGES = {
  'baresip-core': '/usr/bin/baresip',
  'sip-tester': '/usr/bin/sipp',
  kamailio: '/usr/sbin/kamailio',
  'kamailio-tls-modules': `${LIBRARIES}/kamailio/modules/tls.so`,
};
/** For the tests only. */
const MORE_PHONES = { 'linphone-cli': '/usr/bin/linphonec', 'twinkle-console': '/usr/bin/twinkle-console' };

/**
 * Brings phones, sipp and Kamailio where Debian's package manager is at hand; elsewhere says what to install.
 * `--more-phones` brings those that only the tests need.
 */
const required = process.argv.includes('--more-phones') ? { ...PACKAGES, ...MORE_PHONES } : PACKAGES;
const missing = missingPackages();
if (missing.length > 0) {
  installPackages(...missing);
  const still = missingPackages();
  if (still.length > 0) {
    console.error(
      `Phones and a PBX come from Debian's packages ${still.join(', ')}, which are missing: install them.`,
    );
    process.exit(1);
  }
}

function missingPackages(): string[] {
  return Object.entries(required).flatMap(([name, file]) => (existsSync(file) ? [] : [name]));
}
