import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedDatabase, startEmbedded } from '../../src/database/embedded/embedded.ts';
import { migrate } from '../../src/database/migrate.ts';

let folder: string | undefined;
let embedded: EmbeddedDatabase | undefined;

/** One PostgreSQL for the whole run; its first database, migrated, is the template of each test file's own. */
export async function globalSetup(): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), 'clicktocall-test-'));
  embedded = await startEmbedded(folder);
  await migrate(embedded.url);
  process.env['TEST_DATABASE_URL'] = embedded.url;
}

export async function globalTeardown(): Promise<void> {
  await embedded?.release();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
