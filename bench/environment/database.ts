import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { readDatabaseUrl } from '../../src/platform/configuration/values.ts';
import { startEmbedded } from '../../src/platform/database/embedded/embedded.ts';
import { folder } from './folder.ts';
import { PRODUCTION, type Program } from './program.ts';

/** A database of this benchmark run. */
export interface BenchDatabase extends AsyncDisposable {
  readonly url: string;
  /** Runs a statement, without a timeout. */
  sql<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

/** The PostgreSQL server for the databases of this run. */
export interface Cluster {
  /** @param template the database to copy; undefined: only the schema of the server */
  createDatabase(template?: BenchDatabase): Promise<BenchDatabase>;
  close(): Promise<void>;
}

/** Uses the PostgreSQL in DATABASE_URL, or starts the embedded one as the server does. */
export async function openCluster(
  program: Program,
  databaseUrl = readDatabaseUrl(process.env['DATABASE_URL']),
): Promise<Cluster> {
  const embedded = databaseUrl === undefined ? await startEmbedded(folder) : undefined;
  const url = databaseUrl ?? embedded?.ownerUrl ?? '';
  const created: string[] = [];
  const administer = async (statement: string) => {
    await using database = connectTo(url);
    await database.sql(statement);
  };

  return {
    async createDatabase(template) {
      const name = `clicktocall_bench_${process.pid}_${created.length}`;
      if (template) await template[Symbol.asyncDispose](); // a template must have no connections
      await administer(`CREATE DATABASE ${name}${template ? ` TEMPLATE ${nameOf(template.url)}` : ''}`);
      created.push(name);
      const database = connectTo(url.replace(NAME, `/${name}`));
      if (!template) await migrate(program, database.url);
      return database;
    },
    async close() {
      if (!embedded)
        for (const name of created) await administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await embedded?.release();
    },
  };
}

/** The name is between the last slash and the question mark. Such URLs may have no host, so `URL` cannot parse them. */
const NAME = /\/([^/?]+)(?=\?|$)/;

function nameOf(url: string): string {
  return NAME.exec(url)?.[1] ?? '';
}

/** Connects on first use, and again after it was disposed of. */
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

/** Migrates with the measured program, because another version may have another schema. */
async function migrate({ root, env }: Program, url: string): Promise<void> {
  const args = [join(root, 'src/cli/main.ts'), 'migrate'];
  await promisify(execFile)(process.execPath, args, { env: { ...PRODUCTION, ...env, DATABASE_URL: url } });
}
