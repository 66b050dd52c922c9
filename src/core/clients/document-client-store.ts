import type { Queryable } from '../../platform/database/database.ts';
import type { NewClient } from './client.ts';

/**
 * Stores a client that a document describes. Keeps a stored one, which may come from a newer read of the document.
 * The statement locks the row, so that a removal waits or has begun.
 * @returns undefined for a client that is being removed
 */
export async function storeDocumentClient(
  tx: Queryable,
  { id, name, origins, metadata }: NewClient,
): Promise<'new' | 'known' | undefined> {
  const [row] = await tx.query<{ standing: 'new' | 'known' }>(
    {
      name: 'store_document_client',
      text: `INSERT INTO clients (id, name, origins, metadata, registered_by) VALUES ($1, $2, $3, $4, 'document')
             ON CONFLICT (id) DO UPDATE SET name = clients.name
                WHERE clients.registered_by = 'document' AND clients.removed_at IS NULL
             RETURNING CASE WHEN xmax = 0 THEN 'new' ELSE 'known' END AS standing`, // xmax is set if the row existed
    },
    [id, name, origins, JSON.stringify(metadata)],
  );
  return row?.standing;
}

/** Stores what the document of a client says now. @returns whether the client is stored, and its document has changed */
export async function updateDocumentClient(
  db: Queryable,
  { id, name, origins, metadata }: NewClient,
): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'update_document_client',
      text: `UPDATE clients SET name = $2, origins = $3, metadata = $4
              WHERE id = $1 AND registered_by = 'document' AND removed_at IS NULL
                AND (name, origins, metadata) IS DISTINCT FROM ($2, $3::text[], $4::jsonb)
             RETURNING id`,
    },
    [id, name, origins, JSON.stringify(metadata)],
  );
  return rows.length === 1;
}
