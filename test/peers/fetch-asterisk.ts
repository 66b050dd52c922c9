import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { installPackages } from './apt-get.ts';
import { ASTERISK_ROOT, findAsterisk, isRoot } from './asterisk-place.ts';

/**
 * Brings Asterisk where it can: Debian 12 has none, so a root of Debian sid is made (330 MB, 20 s) beside the machine's own
 * system. Where it cannot, the tests that need it are skipped, and say so: this never fails.
 */
const LIMIT_MS = 5 * 60_000;
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

if (!findAsterisk()) {
  const why = isRoot() ? attempt(fetchAsterisk) : 'only root can bring it';
  if (why !== undefined) console.log(`Asterisk is not there, its tests will be skipped: ${why}.`);
}

function attempt(act: () => string | undefined): string | undefined {
  try {
    return act();
  } catch (error) {
    return (error as Error).message;
  }
}

/** @returns why there is none */
function fetchAsterisk(): string | undefined {
  if (existsSync(ASTERISK_ROOT)) return `${ASTERISK_ROOT} is something else`;
  if (!existsSync('/usr/bin/mmdebstrap') || !existsSync(KEYS)) {
    if (!installPackages('mmdebstrap', 'debian-archive-keyring')) return 'mmdebstrap could not be installed';
  }
  const from = mirror();
  if (from === undefined) return 'apt-get knows no mirror of Debian';
  const folder = mkdtempSync(join(dirname(ASTERISK_ROOT), 'clicktocall-fetch-'));
  const root = join(folder, 'root');
  console.log(`Bringing Asterisk into ${ASTERISK_ROOT}.`);
  const made = run('mmdebstrap', [
    '--mode=root',
    '--variant=essential',
    '--include=asterisk',
    `--keyring=${KEYS}`,
    '--aptopt=Acquire::Check-Valid-Until "false"', // a mirror may stand still; the signatures are checked all the same
    ...proxies(),
    'sid',
    root,
    from,
  ]);
  if (made) renameSync(root, ASTERISK_ROOT);
  spawnSync('rm', ['-rf', '--one-file-system', folder]);
  return made ? undefined : 'mmdebstrap could not make it';
}

function run(command: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, args, { stdio: 'inherit', env, timeout: LIMIT_MS }).status === 0;
}

/** The one that this machine takes Debian's packages from. */
function mirror(): string | undefined {
  const filter = ['Created-By: Packages', 'Origin: Debian', 'Label: Debian', 'Component: main'];
  return output('apt-get', ['indextargets', '--format', '$(SITE)', ...filter])[0];
}

/** The way to it, which is not taken along otherwise. */
function proxies(): string[] {
  return output('apt-config', ['dump'])
    .filter((line) => /^Acquire::https?::Proxy /.test(line))
    .map((line) => `--aptopt=${line}`);
}

/** Lines; none when the command fails. */
function output(command: string, args: readonly string[]): string[] {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n').filter((line) => line !== '') : [];
}
