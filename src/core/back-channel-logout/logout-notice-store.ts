import type { Queryable } from '../../platform/database/database.ts';

/** A logout token to send: a session has ended in which the user signed in with an application. */
export interface LogoutNotice {
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  /** The session, as ID tokens for the client name it. */
  readonly sid: string;
  /** Attempts to send it, including the one that the claim begins. */
  readonly attempts: number;
}

export interface ClaimLimits {
  /** Free places of this node. */
  readonly places: number;
  /** Simultaneous attempts for one client on this node. */
  readonly perClient: number;
  /** Seconds after which an attempt counts as lost. */
  readonly lostAfter: number;
}

/**
 * Claims due notices. Clients with the fewest attempts get the next places.
 * @param running the clients of the attempts of this node
 */
export function claimLogoutNotices(
  db: Queryable,
  { places, perClient, lostAfter }: ClaimLimits,
  running: readonly string[],
): Promise<LogoutNotice[]> {
  return db.query<LogoutNotice>(
    {
      name: 'claim_logout_notices',
      locks: true,
      text: `UPDATE logout_notices n SET attempts = n.attempts + 1, attempt_at = now() + make_interval(secs => $3)
               FROM (SELECT due.id, due.attempt_at
                       FROM (SELECT DISTINCT client_id FROM logout_notices WHERE attempt_at <= now()) AS c
                       JOIN LATERAL (SELECT count(*) AS attempts FROM unnest($4::text[]) AS id WHERE id = c.client_id) AS r ON true
                       JOIN LATERAL (SELECT id, attempt_at, r.attempts + row_number() OVER (ORDER BY attempt_at, id) AS place
                                       FROM logout_notices
                                      WHERE client_id = c.client_id AND attempt_at <= now()
                                      ORDER BY attempt_at, id LIMIT $2) AS due ON due.place <= $2
                      ORDER BY due.place, due.attempt_at LIMIT $1) AS chosen
              WHERE n.id = chosen.id AND n.attempt_at = chosen.attempt_at -- else another node has claimed it
             RETURNING n.id, n.client_id AS "clientId", n.user_id AS "userId", n.sid, n.attempts`,
    },
    [places, perClient, lostAfter, running],
  );
}

export async function deleteLogoutNotice(db: Queryable, id: string): Promise<void> {
  await db.query(
    { name: 'delete_logout_notice', locks: true, text: 'DELETE FROM logout_notices WHERE id = $1' },
    [id],
  );
}

/** @param seconds until the next attempt */
export async function postponeLogoutNotice(db: Queryable, id: string, seconds: number): Promise<void> {
  await db.query(
    {
      name: 'postpone_logout_notice',
      locks: true,
      text: 'UPDATE logout_notices SET attempt_at = now() + make_interval(secs => $2) WHERE id = $1',
    },
    [id, seconds],
  );
}
