import { accessSync, constants, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { readKeys } from '../../src/core/signing-keys/signing-keys.ts';
import { connectDatabase } from '../../src/platform/database/database.ts';
import { type EmbeddedDatabase, startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { migrate } from '../../src/platform/database/migrate.ts';

const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

/** A file system in memory, on Linux, and what it must have free. */
const MEMORY = '/dev/shm';
const ROOM_BYTES = 3 * 1024 ** 3;

let folder: string | undefined;
let embedded: EmbeddedDatabase | undefined;

/** Starts one PostgreSQL for the whole run. Its first database is migrated, and is the template for the databases of the test files. */
export async function globalSetup(): Promise<void> {
  folder = mkdtempSync(join(hasRoomInMemory() ? MEMORY : tmpdir(), 'clicktocall-test-'));
  embedded = await startEmbedded(folder);
  await migrate(embedded.ownerUrl);
  await prepareFirstStart(embedded.ownerUrl);
  await relaxDurability(embedded.ownerUrl);
  process.env['NODE_COMPILE_CACHE'] ??= COMPILED;
  process.env['TEST_DATABASE_URL'] = embedded.ownerUrl;
}

/** Copying a database, a thousand files, takes a tenth of the time in memory. */
function hasRoomInMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

/** Creates the signing keys, which takes long, so that no test's first start does. */
async function prepareFirstStart(url: string): Promise<void> {
  const database = connectDatabase(url);
  await readKeys(database);
  await database.close();
}

/** The databases are deleted after the run. Tests of durability start their own PostgreSQL. */
async function relaxDurability(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

export async function globalTeardown(): Promise<void> {
  await embedded?.release();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
