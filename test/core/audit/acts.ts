import type { TestApp } from '../../harness/app.ts';

/** A row of the audit log. */
export interface RecordedAct {
  readonly id: string;
  readonly actor: string;
  readonly actor_user_id: string | null;
  readonly actor_client_id: string | null;
  readonly ip_address: string | null;
  readonly action: string;
  readonly user_id: string | null;
  readonly client_id: string | null;
  readonly subject: string | null;
  readonly details: Record<string, unknown>;
}

/** Returns the acts that were recorded during the work, in order. */
export async function actsOf(app: TestApp, work: () => Promise<unknown>): Promise<RecordedAct[]> {
  const [last] = await app.sql<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM audit_log');
  await work();
  return app.sql<RecordedAct>('SELECT * FROM audit_log WHERE id > $1 ORDER BY id', [last?.id]);
}

export async function userId(app: TestApp, name: string): Promise<string> {
  const [row] = await app.sql<{ id: string }>('SELECT id FROM users WHERE name = $1', [name]);
  return row?.id ?? '';
}
