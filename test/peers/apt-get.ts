import { spawnSync } from 'node:child_process';

const LIMIT_MS = 5 * 60_000;

/** Installs packages of Debian's, where its package manager is at hand. @returns whether they are there now */
export function installPackages(...names: readonly string[]): boolean {
  console.log(`Missing: ${names.join(' ')}: apt-get installs them.`);
  const install = () => aptGet('install', '-y', '--no-install-recommends', ...names);
  return install() || (aptGet('update') && install()); // a machine may never have heard of any package
}

function aptGet(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'inherit', env, timeout: LIMIT_MS }).status === 0;
}
