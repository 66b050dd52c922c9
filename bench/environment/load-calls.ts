import type { BenchDatabase } from './database.ts';

/** Calls of a statement. */
const BATCH = 1_000_000;

/** Inserts the calls with these numbers, from 1, a million at a time. @param insert gets the first and the last number */
export async function insertInBatches(
  calls: number,
  insert: (from: number, to: number) => Promise<void>,
): Promise<void> {
  for (let from = 1; from <= calls; from += BATCH) await insert(from, Math.min(from + BATCH - 1, calls));
}

/** Runs `insert`, which adds many calls, without the table's indexes and foreign keys; then creates the indexes at once. */
export async function loadCalls({ sql }: BenchDatabase, insert: () => Promise<void>): Promise<void> {
  const indexes = await sql<{ definition: string; name: string }>(
    `SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE tablename = 'calls' AND indexname <> 'calls_pkey'`,
  );
  for (const { name } of indexes) await sql(`DROP INDEX ${name}`);
  const keys = await sql<{ definition: string; name: string; of: string }>(
    `SELECT conname AS name, conrelid::regclass::text AS of, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE contype IN ('p', 'f') AND 'calls'::regclass IN (conrelid, confrelid) ORDER BY contype = 'p'`,
  );
  for (const { name, of } of keys) await sql(`ALTER TABLE ${of} DROP CONSTRAINT ${name}`);
  await insert();
  await sql(`SET maintenance_work_mem = '512MB'`);
  for (const { name, of, definition } of keys.toReversed())
    await sql(`ALTER TABLE ${of} ADD CONSTRAINT ${name} ${definition}`);
  for (const { definition } of indexes) await sql(definition);
}
