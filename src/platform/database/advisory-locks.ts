import type { Queryable } from './database.ts';

/**
 * Every advisory lock of the server. All nodes must use the same numbers, and no two locks the same number. Functions in
 * the database that take a lock get its number as a parameter.
 */
export const ADVISORY_LOCKS = {
  /** Migrates the schema and installs the functions; other nodes wait. */
  migration: 7_225_529_001n,
  /** Deletes expired rows, one node at a time. */
  expirySweep: 7_225_529_002n,
  /** Adds or removes the demo data, one node at a time. */
  demoData: 7_225_529_003n,
  /** Ends overdue calls, one node at a time. */
  overdueCalls: 7_225_529_004n,
  /** Adopts the calls of dead nodes, one node at a time. */
  adoption: 7_225_529_005n,
  /** Claims due webhook and sink deliveries, one node at a time; other nodes wait. */
  deliveryClaim: 7_225_529_006n,
  /** Removes or strips old calls, one node at a time. */
  retention: 7_225_529_007n,
  /**
   * Every process that uses the embedded PostgreSQL has a shared lock; a process that can lock it exclusively is the last one.
   * This lock is taken in the database `postgres`, the other locks in the server's database.
   */
  embeddedDatabase: 7_225_529_008n,
} as const;

export type AdvisoryLock = keyof typeof ADVISORY_LOCKS;

/** Takes the lock until the transaction ends. @returns whether it was free */
export async function tryAdvisoryLock(tx: Queryable, lock: AdvisoryLock): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>(
    { name: 'try_advisory_lock', text: 'SELECT pg_try_advisory_xact_lock($1) AS locked' },
    [ADVISORY_LOCKS[lock]],
  );
  return row?.locked === true;
}
