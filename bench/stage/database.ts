import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { folder } from './folder.ts';
import { PRODUCTION, type Program } from './program.ts';

/** A database of this run. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  /** Any statement; takes as long as it takes. */
  sql<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** A PostgreSQL on which this run makes its databases. */
export interface Cluster {
  /** @param template copied from; left out: with the schema of the server and nothing else */
  createDatabase(template?: BenchDatabase): Promise<BenchDatabase>;
  close(): Promise<void>;
}

/** The one of DATABASE_URL, or the one that the server brings along, as it starts it. */
export async function openCluster(program: Program, given = process.env['DATABASE_URL']): Promise<Cluster> {
  const embedded = given === undefined ? await startEmbedded(folder) : undefined;
  const url = given ?? embedded?.url ?? '';
  const made: string[] = [];
  const administer = async (statement: string) => {
    await using database = connectTo(url);
    await database.sql(statement);
  };

  return {
    async createDatabase(template) {
      const name = `clicktocall_bench_${process.pid}_${made.length}`;
      if (template) await template[Symbol.asyncDispose](); // nobody may be connected to what is copied
      await administer(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${nameOf(template.url)}` : ''}`);
      made.push(name);
      const database = connectTo(url.replace(NAME, `/${name}`));
      if (!template) await migrate(program, database.url);
      return database;
    },
    async close() {
      if (!embedded)
        for (const name of made) await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await embedded?.release();
    },
  };
}

/** Between the last slash and the question mark; such URLs may have no host, so `URL` cannot read them. */
const NAME = /\/([^/?]+)(?=\?|$)/;

function nameOf(url: string): string {
  return NAME.exec(url)?.[1] ?? '';
}

/** Connects when it is needed, and again after it was disposed of. */
function connectTo(url: string): BenchDatabase {
  let client: Promise<pg.Client> | undefined;
  const connect = async () => {
    const connected = new pg.Client({ connectionString: url });
    await connected.connect();
    return connected;
  };
  return {
    url,
    async sql<Row extends object>(text: string, values: readonly unknown[] = []) {
      client ??= connect();
      return (await (await client).query<Row>(text, [...values])).rows;
    },
    async [Symbol.asyncDispose]() {
      const connected = client;
      client = undefined;
      await (await connected)?.end();
    },
  };
}

/** By the program that is measured: its schema may be another version's. */
async function migrate({ root, env }: Program, url: string): Promise<void> {
  const args = [join(root, 'src/cli/main.ts'), 'migrate'];
  await promisify(execFile)(process.execPath, args, { env: { ...PRODUCTION, ...env, DATABASE_URL: url } });
}
