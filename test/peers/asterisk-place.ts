import { globSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where fetch-asterisk.sh brings it, and where the tests look when ASTERISK_ROOT says nothing. */
const CACHE = join(tmpdir(), 'clicktocall-asterisk');
const PROGRAM = 'usr/sbin/asterisk';

export interface AsteriskPlace {
  /** Of the system that it is installed in: `/`, or a folder to change into. */
  readonly root: string;
  /** The folder of its modules, seen from the root. */
  readonly modules: string;
}

/** An Asterisk in a root of its own, or the machine's own; undefined where there is none that this user may run. */
export function findAsterisk(): AsteriskPlace | undefined {
  const { ASTERISK_ROOT } = process.env;
  const roots = [...(process.getuid?.() === 0 ? [ASTERISK_ROOT ?? CACHE] : []), '/'];
  for (const root of roots) {
    if (!isTrusted(join(root, PROGRAM))) continue;
    const [modules] = globSync(['usr/lib/*/asterisk/modules', 'usr/lib*/asterisk/modules'], { cwd: root });
    if (modules !== undefined) return { root, modules: `/${modules}` };
  }
  return undefined;
}

/** A folder under /tmp that somebody else put there is none to run as root. */
function isTrusted(program: string): boolean {
  const found = statSync(program, { throwIfNoEntry: false });
  return found !== undefined && (found.uid === 0 || found.uid === process.getuid?.());
}

/** For the tests that need one: `false`, or why they are skipped. */
export const noAsterisk = findAsterisk()
  ? false
  : `there is no Asterisk to run: ${CACHE} (test/peers/fetch-asterisk.sh brings it), ASTERISK_ROOT, or installed`;
