import { randomBytes } from 'node:crypto';
import type { TestApp } from '../harness/app.ts';

/** The value cannot be stored, such as a text with a zero byte. */
export const DATA_EXCEPTION = '22000';
/** The statement may succeed later. */
export const DISK_FULL = '53100';

/** From now on, PostgreSQL refuses to write rows of a table that meet a condition. */
export async function refuseRows(
  { sql }: Pick<TestApp, 'sql'>,
  table: 'calls' | 'carried_legs' | 'sip_flows',
  condition: string,
  code: string,
): Promise<void> {
  const name = `refuse_${randomBytes(6).toString('hex')}`;
  await sql(`CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql
             AS $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '${code}'; END $$`);
  await sql(`CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (${condition})
             EXECUTE FUNCTION ${name}()`);
}
