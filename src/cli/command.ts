import { type Command, InvalidArgumentError } from 'commander';
import { type Config, readConfig } from '../config/config.ts';
import type { Database } from '../platform/database/database.ts';
import { openDatabase } from '../platform/database/open-database.ts';

/** Adds a command, as "name <argument>", with the option that all commands have. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON')
    .allowExcessArguments(false);
}

export interface Opened {
  readonly config: Config;
  readonly database: Database;
  /** Applied before the command. */
  readonly migrations: readonly number[];
}

/** Runs with the database of the configuration: the running server's, or one started for the duration of the work. */
export async function withDatabase<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
  const config = readConfig();
  const { database, migrations, close } = await openDatabase(config);
  try {
    return await work({ config, database, migrations });
  } finally {
    await close();
  }
}

/** Reads a whole number. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
