import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { readConfig } from '../../../src/config/config.ts';
import { migrate } from '../../../src/platform/database/migrate.ts';
import { DatabaseNotOpened, openDatabase } from '../../../src/platform/database/open-database.ts';
import { createDatabase, dropDatabase, ENCRYPTION_KEY } from '../../harness/app.ts';
import { afterFile } from '../../harness/clean-up.ts';

interface TestDatabase {
  readonly url: string;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
}

/** Migrated, unless `empty`. */
async function database({ empty = false } = {}): Promise<TestDatabase> {
  const url = await createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  afterFile(async () => {
    await client.end();
    await dropDatabase(url);
  });
  const sql = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows;
  if (empty) await sql('DROP SCHEMA public CASCADE').then(() => sql('CREATE SCHEMA public'));
  return { url, sql };
}

/** Replaces a function by another text, and tells whether that text is installed. */
const OTHER_TEXT = `CREATE OR REPLACE FUNCTION may_follow(p_from text, p_to text) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT true'`;

async function hasOtherText({ sql }: TestDatabase): Promise<boolean> {
  const [row] = await sql(`SELECT may_follow('failed', 'connected') AS other`);
  return row?.['other'] === true;
}

/** Sets the schema version of the installed functions, relative to ours. */
async function installedBy({ sql }: TestDatabase, versionsAhead: number, digest: string): Promise<void> {
  await sql(OTHER_TEXT);
  await sql(`UPDATE installed_sql SET schema_version = schema_version + $1, digest = coalesce($2, digest)`, [
    versionsAhead,
    digest,
  ]);
}

test('nodes that start together on an empty database migrate it once', async () => {
  const empty = await database({ empty: true });
  const applied = await Promise.all([migrate(empty.url), migrate(empty.url), migrate(empty.url)]);
  assert.deepEqual(applied.map(({ length }) => length > 0).toSorted(), [false, false, true]);
  assert.equal(await hasOtherText(empty), false);
  assert.deepEqual(
    await empty.sql('SELECT part FROM installed_sql ORDER BY part'),
    ['functions', 'triggers'].map((part) => ({ part })),
  );
});

test('installed functions are not replaced by the same text', async () => {
  const current = await database();
  await current.sql(OTHER_TEXT);
  await migrate(current.url);
  assert.equal(await hasOtherText(current), true);
});

test('other functions of the same version are replaced', async () => {
  const changed = await database();
  await installedBy(changed, 0, 'other');
  await migrate(changed.url);
  assert.equal(await hasOtherText(changed), false);
});

test('functions of an older node are replaced', async () => {
  const older = await database();
  await installedBy(older, -1, 'other');
  await migrate(older.url);
  assert.equal(await hasOtherText(older), false);
  const [{ schema_version } = {}] = await older.sql('SELECT schema_version FROM installed_sql LIMIT 1');
  assert.deepEqual(
    [{ schema_version }],
    await older.sql('SELECT max(version)::integer AS schema_version FROM schema_migrations'),
  );
});

test('a node that restarts among newer nodes changes neither schema nor functions', async () => {
  const newer = await database();
  await newer.sql(`INSERT INTO schema_migrations (version, name, md5) VALUES (999, 'newer', 'newer')`);
  await newer.sql('ALTER TABLE users ADD COLUMN newer text');
  await installedBy(newer, 998, 'newer');
  for (let start = 0; start < 2; start++) {
    assert.deepEqual(await migrate(newer.url), []);
    assert.equal(await hasOtherText(newer), true);
  }
  assert.deepEqual(await newer.sql('SELECT newer FROM users'), []);
});

test('a part that cannot be installed leaves nothing behind, and the error names its file', async () => {
  const broken = await database();
  await installedBy(broken, 0, 'other');
  await broken.sql('DROP FUNCTION call_outcome');
  await broken.sql(`CREATE FUNCTION call_outcome(p_answered boolean, p_reason text) RETURNS integer
    LANGUAGE sql AS 'SELECT 1'`);
  await assert.rejects(
    migrate(broken.url),
    /^Error: database\/functions\/history\/call_outcome\.sql: cannot change/,
  );
  assert.equal(await hasOtherText(broken), true);
});

for (const [what, statement] of [
  [
    'has no installed functions',
    `DROP TABLE installed_sql;
     UPDATE schema_migrations SET md5 = 'old';
     INSERT INTO schema_migrations (version, name, md5) SELECT n, 'old', 'old' FROM generate_series(2, 14) n`,
  ],
  ['has another baseline', `UPDATE schema_migrations SET md5 = 'old' WHERE version = 1`],
] as const) {
  test(`a database of a pre-release that ${what} is refused in one line with advice, and stays as it is`, async () => {
    const old = await database();
    await old.sql(statement);
    await old.sql(OTHER_TEXT);
    const config = readConfig({ DATABASE_URL: old.url, ENCRYPTION_KEY });
    await assert.rejects(openDatabase(config), (error) => {
      assert.ok(error instanceof DatabaseNotOpened);
      assert.match(error.message, /^DATABASE_URL: a pre-release created this database.*To start over, .*$/);
      return true;
    });
    assert.equal(await hasOtherText(old), true);
  });
}
