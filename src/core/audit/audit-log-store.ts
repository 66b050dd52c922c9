import type { Queryable } from '../../platform/database/database.ts';
import { type Listed, newestFirst, type TimePosition } from '../../platform/database/paging.ts';
import type { Action } from './act.ts';
import type { Actor } from './actor.ts';

/** An act in the log, with the current names of users and clients. A name is null if the user or client was removed. */
export interface RecordedAct {
  /** Digits; ascending. */
  readonly id: string;
  readonly at: Date;
  readonly action: Action;
  readonly actor: Actor['kind'];
  readonly actorUserId: string | null;
  readonly actorUser: string | null;
  readonly actorClientId: string | null;
  readonly actorClientName: string | null;
  readonly ipAddress: string | null;
  readonly userId: string | null;
  readonly user: string | null;
  readonly clientId: string | null;
  readonly clientName: string | null;
  readonly subject: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface AuditFilter {
  readonly action?: Action | undefined;
  /** User name of the actor. */
  readonly actorName?: string | undefined;
  /** Name of the user concerned. */
  readonly userName?: string | undefined;
  /** Id of the client concerned. */
  readonly clientId?: string | undefined;
  /** At or after. */
  readonly from?: Date | undefined;
  /** Before. */
  readonly to?: Date | undefined;
}

export const NEWEST_ACTS = newestFirst('act', { time: 'a.at', id: 'a.id' }, /^\d{1,18}$/);

const ACT = `
  a.id, a.at, a.action, a.actor, a.actor_user_id AS "actorUserId", by_user.name AS "actorUser",
  a.actor_client_id AS "actorClientId", by_client.name AS "actorClientName", a.ip_address AS "ipAddress",
  a.user_id AS "userId", u.name AS user, a.client_id AS "clientId", c.name AS "clientName", a.subject, a.details,
  ${NEWEST_ACTS.position}`;

const CONDITIONS: Readonly<Record<keyof AuditFilter, string>> = {
  action: 'a.action = ?',
  actorName: 'a.actor_user_id = (SELECT id FROM users WHERE name_key = user_name_key(?))',
  userName: 'a.user_id = (SELECT id FROM users WHERE name_key = user_name_key(?))',
  clientId: 'a.client_id = ?',
  from: 'a.at >= ?',
  to: 'a.at < ?',
};

/** Lists acts, newest first, by keyset. Builds the statement from the given filters only, so that each combination has its own plan. */
export function listActs(
  db: Queryable,
  filter: AuditFilter,
  size: number,
  after?: TimePosition,
): Promise<Listed<RecordedAct>[]> {
  const values: unknown[] = [size];
  const put = (value: unknown) => `$${values.push(value)}`;
  const given = Object.entries(CONDITIONS).flatMap(([name, condition]) => {
    const value = filter[name as keyof AuditFilter];
    return value === undefined ? [] : [[name, condition.replace('?', put(value))] as const];
  });
  const conditions = given.map(([, condition]) => condition);
  if (after) conditions.push(NEWEST_ACTS.behind(put(after.at), put(after.id)));
  return db.query<Listed<RecordedAct>>(
    {
      name: `list_acts ${given.map(([name]) => name).join(' ')} ${after ? 'after' : ''}`,
      text: `SELECT ${ACT}
               FROM audit_log a
               LEFT JOIN users by_user ON by_user.id = a.actor_user_id
               LEFT JOIN clients by_client ON by_client.id = a.actor_client_id
               LEFT JOIN users u ON u.id = a.user_id
               LEFT JOIN clients c ON c.id = a.client_id
              WHERE ${['true', ...conditions].join(' AND ')}
              ORDER BY ${NEWEST_ACTS.order} LIMIT $1`,
    },
    values,
  );
}
