import pg from 'pg';
import type { TestApp } from './app.ts';

/** Makes the database of an application unavailable. */
export interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Ends all connections; new ones are possible. */
  cutConnections(): Promise<void>;
  /** The name of the database, which no response may contain. */
  readonly database: string;
}

export function outageOf({ databaseUrl }: Pick<TestApp, 'databaseUrl'>): Outage {
  const [, database = ''] = /\/(test_[0-9a-f]+)(?=\?|$)/.exec(databaseUrl) ?? [];
  const cut = `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = '${database}'`;

  /** Connects to another database of the same server, because the unavailable one refuses connections. */
  async function administer(...statements: string[]): Promise<void> {
    const other = new pg.Client({ connectionString: databaseUrl.replace(database, 'postgres') });
    await other.connect();
    for (const statement of statements) await other.query(statement);
    await other.end();
  }

  return {
    database,
    begin: () => administer(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`, cut),
    end: () => administer(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`),
    cutConnections: () => administer(cut),
  };
}
