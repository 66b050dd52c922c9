import { existsSync, globSync, lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where fetch-asterisk.ts brings it, and where it is looked for when ASTERISK_ROOT names no other folder. */
export const ASTERISK_ROOT = process.env['ASTERISK_ROOT'] || join(tmpdir(), 'clicktocall-asterisk');

export interface AsteriskPlace {
  /** Of the system that it is installed in: `/`, or a folder to change into. */
  readonly root: string;
  /** The folder of its modules, seen from the root. */
  readonly modules: string;
}

/** For the tests that need one: `false`, or why they are skipped. */
export const noAsterisk = findAsterisk()
  ? false
  : `no Asterisk, neither in ${ASTERISK_ROOT} (test/peers/fetch-asterisk.ts brings it, as root) nor installed`;

/** An Asterisk in a root of its own, or the machine's own; undefined where there is none that this user may run. */
export function findAsterisk(): AsteriskPlace | undefined {
  for (const root of isRoot() ? [ASTERISK_ROOT, '/'] : ['/']) {
    if (!isOurs(root) || !existsSync(join(root, 'usr/sbin/asterisk'))) continue;
    const [modules] = globSync(['usr/lib/*/asterisk/modules', 'usr/lib/asterisk/modules'], { cwd: root });
    if (modules !== undefined) return { root, modules: `/${modules}` };
  }
  return undefined;
}

/** Nobody else may change into another root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** What somebody else could have put into a common folder is not run. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === 0 && (found.mode & 0o022) === 0;
}
