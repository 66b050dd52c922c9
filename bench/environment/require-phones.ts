import { spawnSync } from 'node:child_process';
import { installPackages } from '../../test/peers/apt-get.ts';
import { findAsterisk } from '../../test/peers/asterisk-place.ts';

/** Installs sipp and brings Asterisk if they are missing. @throws Error if that fails */
export async function requirePhones(): Promise<void> {
  if (!isSippInstalled() && !(installPackages('sip-tester') && isSippInstalled()))
    throw new Error('sipp is missing, and apt-get could not install it: https://github.com/SIPp/sipp');
  if (!findAsterisk()) await import('../../test/peers/fetch-asterisk.ts');
  if (!findAsterisk()) throw new Error('Asterisk is missing: measure the other parts by their names');
}

function isSippInstalled(): boolean {
  return spawnSync('sipp', ['-v']).error === undefined;
}
