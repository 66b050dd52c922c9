import type { Queryable } from '../../platform/database/database.ts';
import { type Image, readImage } from '../../platform/image.ts';

/** @returns undefined without a logo */
export async function findLogo(db: Queryable, clientId: string): Promise<Image | undefined> {
  const [row] = await db.query<{ content: Buffer }>(
    { name: 'client_logo', text: 'SELECT content FROM client_logos WHERE client_id = $1' },
    [clientId],
  );
  return row && readImage('logo', row.content);
}

export async function upsertLogo(db: Queryable, clientId: string, content: Buffer): Promise<void> {
  await db.query(
    {
      name: 'upsert_client_logo',
      text: `INSERT INTO client_logos (client_id, content) VALUES ($1, $2)
             ON CONFLICT (client_id) DO UPDATE SET content = $2`,
    },
    [clientId, content],
  );
}

export async function deleteLogo(db: Queryable, clientId: string): Promise<void> {
  await db.query({ name: 'delete_client_logo', text: 'DELETE FROM client_logos WHERE client_id = $1' }, [
    clientId,
  ]);
}
