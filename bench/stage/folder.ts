import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where this run keeps its files, its database included. */
export const folder = mkdtempSync(join(tmpdir(), 'clicktocall-bench-'));

let files = 0;

/** @returns its path */
export function temporaryFile(contents: string): string {
  const path = join(folder, `file-${files++}`);
  writeFileSync(path, contents);
  return path;
}

export function removeFolder(): void {
  rmSync(folder, { recursive: true, force: true });
}
