import { connectDatabase, type Database } from './database.ts';
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

/** The message names the variable and repeats the error of the database, for the operator. */
export class DatabaseNotOpened extends Error {
  constructor(variable: 'DATABASE_URL' | 'DATA_DIR', cause: unknown) {
    super(
      `${variable}: ${cause instanceof Error ? cause.message || String(cause.cause ?? cause.name) : cause}`,
      { cause },
    );
  }
}

/**
 * Opens the configured database, embedded or not, and migrates its schema.
 * @throws DatabaseNotOpened
 */
export async function openDatabase(config: DatabaseSettings): Promise<OpenDatabase> {
  const variable = config.databaseUrl === undefined ? 'DATA_DIR' : 'DATABASE_URL';
  const refuse = (error: unknown): never => {
    throw new DatabaseNotOpened(variable, error);
  };
  const embedded =
    config.databaseUrl === undefined ? await startEmbedded(config.dataDir).catch(refuse) : undefined;
  const url = config.databaseUrl ?? embedded?.url ?? '';
  try {
    const migrations = await migrate(embedded?.ownerUrl ?? url);
    const database = connectDatabase(url);
    return {
      database,
      migrations,
      async close() {
        await database.close();
        await embedded?.release();
      },
    };
  } catch (error) {
    await embedded?.release();
    return refuse(error);
  }
}
