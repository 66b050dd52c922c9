import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type App, buildApp } from '../../src/app.ts';
import { type Config, readConfig } from '../../src/config/config.ts';
import type { Administration } from '../../src/core/administration.ts';
import type { Core } from '../../src/core/core.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { connectDatabase, type Database } from '../../src/platform/database/database.ts';
import { OWNER, SERVER } from '../../src/platform/database/embedded/roles.ts';
import { createLog } from '../../src/platform/http/log.ts';
import { afterFile } from './clean-up.ts';
import { closeServer } from './close-server.ts';
import { watchErrors } from './documented-errors.ts';
import { freePort } from './free-port.ts';

/** The key of all nodes and commands of the tests that use a database. */
export const ENCRYPTION_KEY = Buffer.alloc(32, 'test').toString('base64');

watchErrors();

/** The real application, listening, and what tests use of its services. */
export interface TestApp extends App {
  readonly users: Administration['users'];
  readonly clients: Administration['clients'];
  readonly calls: Administration['calls'];
  readonly statistics: Administration['statistics'];
  readonly events: Pick<Administration, 'webhooks' | 'deliveries'>;
  readonly streams: Core['streams'];
  readonly url: string;
  readonly config: Config;
  readonly database: Database;
  /** Of the database's owner; the application itself has the role of the server. */
  readonly databaseUrl: string;
  /** Runs any statement as the owner, to inspect rows or to move times. */
  sql<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Stops it before the end of the file's last test. */
  stop(): Promise<void>;
}

/** Starts the application for a test file, on its own database. Removes both after the file's last test. */
export async function startApp(env: Record<string, string> = {}, clock?: Clock): Promise<TestApp> {
  const databaseUrl = await createDatabase();
  afterFile(() => dropDatabase(databaseUrl));
  return startNode({ databaseUrl }, env, clock);
}

/**
 * Starts another node on the database of an application. Stops it after the file's last test.
 * @param serverUrl for a node that reaches the database by another way than the test
 */
export async function startNode(
  { databaseUrl, serverUrl = asServer(databaseUrl) }: Pick<TestApp, 'databaseUrl'> & { serverUrl?: string },
  env: Record<string, string> = {},
  clock?: Clock,
): Promise<TestApp> {
  const port = await freePort();
  const config = readConfig({
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEY,
    LOG_LEVEL: 'silent',
    ...env,
  });
  const database = connectDatabase(serverUrl);
  const owner = connectDatabase(databaseUrl);
  const log = createLog(config.logLevel);
  const app = await buildApp(config, database, log.logger, clock);
  await app.http.listen({ port, host: config.host });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= end();
    return stopped;
  };
  const end = async () => {
    await closeServer(app.http);
    await Promise.all([database.close(), owner.close()]);
    log.close();
  };
  afterFile(stop);
  const { users, clients, calls, statistics, webhooks, deliveries } = app.core.administration;
  return {
    ...app,
    users,
    clients,
    calls,
    statistics,
    events: { webhooks, deliveries },
    streams: app.core.streams,
    url: config.publicUrl,
    config,
    database,
    databaseUrl,
    sql: async (text, values = []) => (await owner.pool.query(text, values)).rows,
    stop,
  };
}

/** Copies the migrated template of the test run. */
export function createDatabase(): Promise<string> {
  return createFrom(databaseOf(templateUrl()));
}

/** For the first start of a server on a database. */
export function createEmptyDatabase(): Promise<string> {
  return createFrom('template0');
}

async function createFrom(template: string): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`);
  return withDatabase(templateUrl(), name);
}

export async function dropDatabase(databaseUrl: string): Promise<void> {
  await administer(`DROP DATABASE ${databaseOf(databaseUrl)} WITH (FORCE)`);
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(templateUrl(), 'postgres') });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The name is between the last slash and the question mark. Such URLs may have no host, so `URL` cannot parse them. */
const DATABASE = /\/([^/?]+)(?=\?|$)/;

function databaseOf(url: string): string {
  return DATABASE.exec(url)?.[1] ?? '';
}

function withDatabase(url: string, name: string): string {
  return url.replace(DATABASE, `/${name}`);
}

/** The URL of a database for the role with which a server runs on its embedded database. */
function asServer(databaseUrl: string): string {
  return databaseUrl.replace(`//${OWNER}@`, `//${SERVER}@`);
}

function templateUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined) throw new Error('run the tests with npm test, which starts their PostgreSQL');
  return url;
}
