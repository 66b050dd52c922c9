import pg from 'pg';
import type { TestApp } from './app.ts';

/** Keeps an app from its database, as if it were down, and lets it back. */
export interface Outage {
  begin(): Promise<void>;
  end(): Promise<void>;
  /** A restart of connections alone. */
  cutConnections(): Promise<void>;
  /** The name of the database, which no answer may betray. */
  readonly database: string;
}

export function outageOf({ databaseUrl }: Pick<TestApp, 'databaseUrl'>): Outage {
  const [, database = ''] = /\/(test_[0-9a-f]+)(?=\?|$)/.exec(databaseUrl) ?? [];
  const cut = `SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = '${database}'`;

  /** From another database of the same server, since nobody can connect to the one that is gone. */
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
