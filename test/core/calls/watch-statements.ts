import type { Database } from '../../../src/platform/database/database.ts';

/** Counts the statements that go to the database. */
export function watchStatements(database: Database): { database: Database; statements(): number } {
  let sent = 0;
  const query: Database['query'] = (statement, values) => {
    sent++;
    return database.query(statement, values);
  };
  return { database: { ...database, query }, statements: () => sent };
}
