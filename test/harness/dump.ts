import type { TestApp } from './app.ts';

/** Every row of every table, as text. */
export async function dumpDatabase(app: Pick<TestApp, 'sql'>): Promise<Map<string, string>> {
  const tables = await app.sql<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const dump = new Map<string, string>();
  for (const { name } of tables) {
    const rows = await app.sql<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
    dump.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return dump;
}

/** A secret, and other encodings of the same bytes. */
export function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '').slice(0, -1);
  return [
    ...new Set([
      ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
      ...[bytes.toString('hex'), base64, base64.replaceAll('+', '-').replaceAll('/', '_')],
    ]),
  ];
}
