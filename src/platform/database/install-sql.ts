import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { DatabaseProblem } from './connection-problems.ts';

/** Also contains the migrations; its README explains how to change them. */
export const SQL_FOLDER = fileURLToPath(new URL('../../../database/', import.meta.url));

/** Installed after the migrations, in this order, because triggers refer to functions. */
const PARTS = { functions: 'functions/**/*.sql', triggers: 'triggers.sql' } as const;

interface SqlFile {
  /** Relative to the folder `database`. */
  readonly path: string;
  readonly text: string;
}

/**
 * Installs the functions and triggers, in the transaction of the migrations. Installs a part only if its text differs from the
 * installed text, and never over the text of a newer node.
 * @param schemaVersion number of the newest migration of this node
 */
export async function installSql(client: pg.Client, schemaVersion: number): Promise<void> {
  await client.query('SET LOCAL check_function_bodies = off'); // a function may call one that is installed after it
  for (const [part, pattern] of Object.entries(PARTS)) {
    const files = readFiles(pattern);
    const digest = digestOf(files);
    if (!(await isDue(client, part, schemaVersion, digest))) continue;
    for (const file of files) await install(client, file);
    await client.query(
      `INSERT INTO installed_sql (part, schema_version, digest) VALUES ($1, $2, $3)
       ON CONFLICT (part) DO UPDATE SET schema_version = excluded.schema_version, digest = excluded.digest`,
      [part, schemaVersion, digest],
    );
  }
}

async function isDue(
  client: pg.Client,
  part: string,
  schemaVersion: number,
  digest: string,
): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT FROM installed_sql WHERE part = $1 AND (schema_version > $2 OR schema_version = $2 AND digest = $3)',
    [part, schemaVersion, digest],
  );
  return rows.length === 0;
}

async function install(client: pg.Client, { path, text }: SqlFile): Promise<void> {
  await client.query(text).catch((error: Error) => {
    throw new DatabaseProblem(`database/${path}: ${error.message}`, { cause: error });
  });
}

function readFiles(pattern: string): SqlFile[] {
  return globSync(pattern, { cwd: SQL_FOLDER })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(SQL_FOLDER, path), 'utf8') }));
}

function digestOf(files: readonly SqlFile[]): string {
  return createHash('sha256')
    .update(JSON.stringify(files.map(({ path, text }) => [path, text])))
    .digest('hex');
}
