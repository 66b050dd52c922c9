import { randomBytes } from 'node:crypto';
import type { TestApp } from '../harness/app.ts';

/** A value that cannot be stored, such as a text with a zero byte. */
export const DATA_EXCEPTION = '22000';
/** Whatever else a statement is refused for. */
export const RAISED = 'P0001';

/** From now on PostgreSQL refuses to write rows of a table that are so. */
export async function refuseRows(
  { sql }: Pick<TestApp, 'sql'>,
  table: 'calls' | 'carried_legs',
  condition: string,
  code: string,
): Promise<void> {
  const name = `refuse_${randomBytes(6).toString('hex')}`;
  await sql(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'; END $$`);
  await sql(`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (${condition})
             EXECUTE FUNCTION ${name}()`);
}
