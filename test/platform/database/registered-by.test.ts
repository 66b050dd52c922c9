import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createDatabase, dropDatabase } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../migrations/', import.meta.url));
const NOTES_REGISTRARS = '010';

test('clients registered before it was noted by whom are told apart by their ids', async () => {
  const url = await createDatabase();
  const client = new pg.Client({ connectionString: url });
  afterFile(() => dropDatabase(url));
  await client.connect();
  try {
    await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
    const files = readdirSync(MIGRATIONS).sort();
    const run = async (file: string) => client.query(readFileSync(`${MIGRATIONS}${file}`, 'utf8'));
    for (const file of files.filter((each) => each < NOTES_REGISTRARS)) await run(file);
    await client.query(
      `INSERT INTO clients (id, name, classic, origins, metadata, demo)
       SELECT id, 'C', false, '{}', '{}', demo
         FROM (VALUES ('0123456789abcdef01234567', false), ('uPK1xnOb-e2sSbLa_q3Gt', false), ('demo-app', true)) AS c (id, demo)`,
    );
    for (const file of files.filter((each) => each.startsWith(NOTES_REGISTRARS))) await run(file);
    const { rows } = await client.query('SELECT id, registered_by FROM clients ORDER BY id');
    assert.deepEqual(
      rows.map(({ id, registered_by }) => [id, registered_by]),
      [
        ['0123456789abcdef01234567', 'administrator'],
        ['demo-app', 'demo'],
        ['uPK1xnOb-e2sSbLa_q3Gt', 'itself'],
      ],
    );
  } finally {
    await client.end();
  }
});
