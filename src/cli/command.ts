import { type Command, InvalidArgumentError } from 'commander';
import { type Config, readConfig } from '../config/config.ts';
import type { Database } from '../platform/database/database.ts';
import { openDatabase } from '../platform/database/open-database.ts';
import type { ListPage, PageRequest } from '../platform/database/paging.ts';
import type { NumberRange } from '../platform/number-range.ts';

const PAGE_SIZE = 1000;

/** Adds a command with the option `--json`. @param usage for example `list <user>` */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON')
    .allowExcessArguments(false);
}

export interface CommandContext {
  readonly config: Config;
  readonly database: Database;
  /** Versions of the migrations that were applied before the command. */
  readonly migrations: readonly number[];
}

/** Runs work with the configured database. Starts the embedded database for the duration of the work if no server runs. */
export async function withDatabase<T>(work: (context: CommandContext) => Promise<T>): Promise<T> {
  const config = readConfig();
  for (const warning of config.warnings) console.error(`clicktocall: warning: ${warning}`);
  const { database, migrations, close } = await openDatabase(config);
  try {
    return await work({ config, database, migrations });
  } finally {
    await close();
  }
}

/** Reads a whole list, page by page. */
export async function readAllPages<Item>(
  list: (page: PageRequest) => Promise<ListPage<Item>>,
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const page = await list({ size: PAGE_SIZE, token });
    all.push(...page.items);
    token = page.nextPageToken;
  } while (token !== undefined);
  return all;
}

/** Reads a whole number. @throws InvalidArgumentError */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Must be a whole number.');
  return Number(text);
}

/** A parser of whole numbers within a range. The parser throws InvalidArgumentError. */
export function wholeNumberIn({ min, max }: NumberRange): (text: string) => number {
  return (text) => {
    const number = wholeNumber(text);
    if (number < min || number > max) throw new InvalidArgumentError(`Must be from ${min} to ${max}.`);
    return number;
  };
}
