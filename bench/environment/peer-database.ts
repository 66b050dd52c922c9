import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchDatabase } from './database.ts';
import type { BenchEnvironment } from './environment.ts';

const SCHEMA = join(import.meta.dirname, '../peers/schema.sql');

/** Creates a database for a home-made service: its own tables, with the same users and calls as those of the server. */
export async function createPeerDatabase(environment: BenchEnvironment): Promise<BenchDatabase> {
  const database = await environment.createDatabaseWithUsers();
  await database.sql(readFileSync(SCHEMA, 'utf8'));
  await database[Symbol.asyncDispose](); // later connections find these tables first
  await database.sql('VACUUM ANALYZE');
  return database;
}
