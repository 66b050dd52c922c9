import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { printSchema, SNAPSHOT } from '../../scripts/schema/print-schema.ts';
import { SQL_FOLDER } from '../../src/platform/database/install-sql.ts';
import { createDatabase, dropDatabase } from '../harness/app.ts';
import { afterFile } from '../harness/clean-up.ts';

const url = await createDatabase();
const client = new pg.Client({ connectionString: url });
await client.connect();
afterFile(async () => {
  await client.end();
  await dropDatabase(url);
});

const functions = globSync('functions/**/*.sql', { cwd: SQL_FOLDER }).sort();

test('the snapshot is what the migrations and functions make', async () => {
  const snapshot = readFileSync(SNAPSHOT, 'utf8');
  const [printed, written] = [await printSchema(url), snapshot].map((text) => text.split('\n'));
  const at = printed?.findIndex((line, index) => line !== written?.[index]) ?? 0;
  assert.deepEqual(
    written?.slice(at, at + 5),
    printed?.slice(at, at + 5),
    `database/schema.sql is out of date from line ${at + 1} on: run npm run db:snapshot, and read what it changes`,
  );
});

test('every function of the database has a file of its own, named after it', async () => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace`,
  );
  assert.deepEqual(
    functions.map((file) => basename(file, '.sql')).toSorted(),
    rows.map(({ name }) => name).toSorted(),
  );
});

/** They are installed without a look at their bodies, since one may call another that comes after it. */
test('PostgreSQL accepts the body of every function', async () => {
  await client.query('SET check_function_bodies = on');
  for (const file of functions) {
    const text = readFileSync(join(SQL_FOLDER, file), 'utf8');
    await assert.doesNotReject(client.query(text), file);
  }
});

test('no comment describes the database as a change to an earlier one', () => {
  const files = [...functions, 'triggers.sql', ...globSync('migrations/*.sql', { cwd: SQL_FOLDER })];
  const history = /--.*\b(as before|formerly|used to|previously|now also|migration \d)\b/i;
  const found = files.filter((file) => history.test(readFileSync(join(SQL_FOLDER, file), 'utf8')));
  assert.deepEqual(found, []);
});
