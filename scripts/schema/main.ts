import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { migrate } from '../../src/platform/database/migrate.ts';
import { printSchema, SNAPSHOT } from './print-schema.ts';

/** `npm run db:snapshot`: writes the snapshot from an empty database that it migrates. */
const folder = mkdtempSync(join(tmpdir(), 'clicktocall-snapshot-'));
try {
  const embedded = await startEmbedded(folder);
  try {
    await migrate(embedded.ownerUrl);
    writeFileSync(SNAPSHOT, await printSchema(embedded.ownerUrl));
  } finally {
    await embedded.release();
  }
} finally {
  rmSync(folder, { recursive: true });
}
