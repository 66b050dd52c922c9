import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Folder for the files and the database of this run. */
export const folder = mkdtempSync(join(tmpdir(), 'clicktocall-bench-'));

let files = 0;

/** Writes a file in the folder. @returns its path */
export function temporaryFile(contents: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, contents);
  return path;
}

export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}
