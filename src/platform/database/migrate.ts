import { fileURLToPath } from 'node:url';
import pg from 'pg';
import Postgrator from 'postgrator';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import type { Database } from './database.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations/*.sql', import.meta.url));
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Brings the schema up to date, in one transaction, while other nodes that start at the same time wait.
 * @returns the numbers of the migrations applied now
 */
export async function migrate(databaseUrl: string): Promise<number[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'clicktocall migrate',
  });
  client.on('error', () => {}); // a lost connection fails the statement under way, which says so
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.migration]);
    const applied = await migrations(client).migrate();
    await client.query('COMMIT');
    return applied.map((migration) => migration.version);
  } finally {
    await client.end();
  }
}

/** Whether the schema is the one that this code was written for, or a later one. */
export async function isMigrated(database: Database): Promise<boolean> {
  const [row] = await database.query<{ version: number }>({
    name: 'schema_version',
    text: 'SELECT coalesce(max(version), 0)::integer AS version FROM schema_migrations',
  });
  return row !== undefined && row.version >= (await newestMigration);
}

const newestMigration = migrations(undefined).getMaxVersion();

function migrations(client: pg.Client | undefined): Postgrator {
  return new Postgrator({
    driver: 'pg',
    migrationPattern: MIGRATIONS,
    schemaTable: 'schema_migrations',
    currentSchema: 'public',
    execQuery: async (sql) => {
      if (!client) throw new Error('not connected');
      return client.query(sql);
    },
  });
}
