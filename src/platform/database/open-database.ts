import { checkSessions } from './check-sessions.ts';
import { describeConnectionProblem } from './connection-problems.ts';
import { connectDatabase, type Database } from './database.ts';
import { DatabaseUnavailable, StatementRejected } from './database-errors.ts';
import { startEmbedded } from './embedded/embedded.ts';
import { migrate } from './migrate.ts';

export interface DatabaseSettings {
  /** Undefined: an embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
}

export interface OpenDatabase {
  readonly database: Database;
  /** The numbers of the migrations that were applied. */
  readonly migrations: readonly number[];
  close(): Promise<void>;
}

/** The message names the variable and says what the operator can do. */
export class DatabaseNotOpened extends Error {
  constructor(variable: 'DATABASE_URL' | 'DATA_DIR', reason: string, cause: unknown) {
    super(`${variable}: ${reason}`, { cause });
  }
}

/**
 * Opens the configured database, embedded or not, and migrates its schema.
 * @throws DatabaseNotOpened
 */
export async function openDatabase(config: DatabaseSettings): Promise<OpenDatabase> {
  return config.databaseUrl === undefined ? openEmbedded(config.dataDir) : openServer(config.databaseUrl);
}

async function openEmbedded(dataDir: string): Promise<OpenDatabase> {
  try {
    const embedded = await startEmbedded(dataDir);
    try {
      const migrations = await migrate(embedded.ownerUrl);
      const database = connectDatabase(embedded.url);
      return {
        database,
        migrations,
        async close() {
          await database.close();
          await embedded.release();
        },
      };
    } catch (error) {
      await embedded.release();
      throw error;
    }
  } catch (error) {
    throw new DatabaseNotOpened('DATA_DIR', error instanceof Error ? error.message : String(error), error);
  }
}

async function openServer(url: string): Promise<OpenDatabase> {
  let database: Database | undefined;
  try {
    const migrations = await migrate(url);
    database = connectDatabase(url);
    await checkSessions(database);
    return { database, migrations, close: database.close };
  } catch (error) {
    await database?.close();
    const isWrapped = error instanceof DatabaseUnavailable || error instanceof StatementRejected;
    const cause = isWrapped ? error.cause : error;
    throw new DatabaseNotOpened('DATABASE_URL', describeConnectionProblem(cause), cause);
  }
}
