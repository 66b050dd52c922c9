import { join } from 'node:path';
import pg from 'pg';
import Postgrator from 'postgrator';
import { ADVISORY_LOCKS } from './advisory-locks.ts';
import { DatabaseProblem } from './connection-problems.ts';
import type { Database } from './database.ts';
import { installSql, SQL_FOLDER } from './install-sql.ts';

const MIGRATIONS = join(SQL_FOLDER, 'migrations/*.sql');
const CONNECT_TIMEOUT_MS = 10_000;

/** A pre-release created the database: its baseline migration has the same number and another content. */
class PreReleaseDatabase extends DatabaseProblem {
  constructor() {
    super(
      'a pre-release created this database, and it cannot be migrated. To start over, drop the database of DATABASE_URL and create it again, or delete the folder DATA_DIR.',
    );
  }
}

/**
 * Migrates the schema and installs the functions and triggers, in one transaction. Other nodes that start at the same time
 * wait.
 * @returns the numbers of the applied migrations
 * @throws DatabaseProblem, or the error of the driver
 */
export async function migrate(databaseUrl: string): Promise<number[]> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'clicktocall migrate',
  });
  client.on('error', () => {}); // after a lost connection the current statement fails
  await client.connect();
  try {
    await client.query('BEGIN');
    // A role may have timeouts of its own, which are too short for a migration.
    await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0');
    await client.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.migration]);
    await refusePreRelease(client);
    const applied = await migrations(client).migrate().catch(explainChecksum);
    await installSql(client, await newestMigration);
    await client.query('COMMIT');
    return applied.map((migration) => migration.version);
  } finally {
    await client.end();
  }
}

/** Only before the first release does the baseline change. */
async function refusePreRelease(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`SELECT WHERE to_regclass('public.schema_migrations') IS NOT NULL`);
  if (rows.length === 0) return;
  const [baseline] = await migrations(client).getMigrations();
  const applied = await client.query('SELECT md5 FROM public.schema_migrations WHERE version = 1');
  if (applied.rows[0]?.md5 !== baseline?.md5) throw new PreReleaseDatabase();
}

function explainChecksum(error: Error): never {
  if (!error.message.startsWith('MD5 checksum')) throw error;
  throw new DatabaseProblem(`another version of the server applied other migrations: ${error.message}`, {
    cause: error,
  });
}

/** Whether the schema version is at least that of this code. */
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
