import type { Config } from '../config.ts';
import { connectDatabase, type Database } from './database.ts';
import { startEmbedded } from './embedded.ts';
import { migrate } from './migrate.ts';

export interface OpenDatabase {
  readonly database: Database;
  /** The numbers of the migrations applied just now. */
  readonly migrations: readonly number[];
  close(): Promise<void>;
}

/** The database of the configuration, embedded or not, with its schema up to date. */
export async function openDatabase(config: Pick<Config, 'databaseUrl' | 'dataDir'>): Promise<OpenDatabase> {
  const embedded = config.databaseUrl === undefined ? await startEmbedded(config.dataDir) : undefined;
  const url = config.databaseUrl ?? embedded?.url ?? '';
  try {
    const migrations = await migrate(url);
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
    throw error;
  }
}
