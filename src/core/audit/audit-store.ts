import { isIP } from 'node:net';
import type { Queryable } from '../../platform/database/database.ts';
import type { Act } from './act.ts';
import type { Actor } from './actor.ts';

/** Records an act. If the act changes something, call this in the transaction of the change. */
export async function recordAct(db: Queryable, actor: Actor, act: Act): Promise<void> {
  await db.query(
    {
      name: 'record_act',
      text: `INSERT INTO audit_log (actor, actor_user_id, actor_client_id, ip_address, action, user_id, client_id, subject, details)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    },
    [
      actor.kind,
      actor.userId ?? null,
      actor.clientId ?? null,
      isIP(actor.ipAddress ?? '') === 0 ? null : actor.ipAddress, // a trusted proxy may pass on any text
      act.action,
      act.userId ?? null,
      act.clientId ?? null,
      act.subject ?? null,
      JSON.stringify(act.details ?? {}),
    ],
  );
}
