import type { Queryable } from '../../platform/database/database.ts';

export interface EventOfPerson {
  readonly sequence: string;
  readonly call: string;
  readonly state: string;
  readonly reason: string | null;
  readonly endedBy: string | null;
  readonly at: Date;
}

/** Reads the events of all calls of a user, in order. @param after sequence number of the previous event */
export function findEventsOf(
  db: Queryable,
  userId: string,
  after: string,
  limit: number,
): Promise<EventOfPerson[]> {
  return db.query<EventOfPerson>(
    {
      name: 'events_of_person',
      search: true,
      text: `SELECT seq::text AS sequence, call_id AS call, state, reason, ended_by AS "endedBy", at
               FROM call_events WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
    },
    [userId, after, limit],
  );
}

export interface ActOfPerson {
  readonly id: string;
  readonly at: Date;
  readonly action: string;
  readonly actor: string;
  readonly byThemselves: boolean;
  readonly ipAddress: string | null;
  readonly client: string | null;
  readonly subject: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads acts by the user and acts that concern the user, without the IP addresses of others. @param after id of the previous act */
export function findActsOf(
  db: Queryable,
  userId: string,
  after: string,
  limit: number,
): Promise<ActOfPerson[]> {
  return db.query<ActOfPerson>(
    {
      name: 'acts_of_person',
      search: true,
      text: `SELECT a.id::text, at, action, actor, actor_user_id IS NOT DISTINCT FROM $1 AS "byThemselves",
                    CASE WHEN actor_user_id = $1 THEN ip_address END AS "ipAddress",
                    coalesce(client_id, actor_client_id) AS client, subject, details
               FROM audit_log a WHERE a.id > $2 AND (user_id = $1 OR actor_user_id = $1) ORDER BY a.id LIMIT $3`,
    },
    [userId, after, limit],
  );
}

export interface SecondFactorOfPerson {
  readonly kind: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export function findSecondFactorsOf(db: Queryable, userId: string): Promise<SecondFactorOfPerson[]> {
  return db.query<SecondFactorOfPerson>(
    {
      name: 'second_factors_of_person',
      text: `SELECT kind, name, created_at AS "createdAt", last_used_at AS "lastUsedAt"
               FROM second_factors WHERE user_id = $1 ORDER BY created_at`,
    },
    [userId],
  );
}
