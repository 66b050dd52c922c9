import type { ConnectionUse, Database } from '../../platform/database/database.ts';
import { openCalls } from './open-call-store.ts';
import { endOwnCalls } from './own-call-store.ts';
import { moveCall, moveEachCall } from './transition-store.ts';

type Run = (database: Database) => Promise<unknown>;

/** Of each kind. Few calls wait for more, and each connection is a process of PostgreSQL. */
const CONNECTIONS = 4;

/** What callers wait for, without a call. */
const STATEMENTS: Partial<Readonly<Record<ConnectionUse['kind'], readonly Run[]>>> = {
  locking: [
    (database) => openCalls(database, [], true),
    (database) => endOwnCalls(database, [], true),
    (database) =>
      moveCall(database, { id: '', progress: { state: 'connected' }, endedBy: null, nodeId: null }),
  ],
  batch: [
    (database) => openCalls(database, [], false),
    (database) => endOwnCalls(database, [], false),
    (database) => moveEachCall(database, []),
  ],
};

/**
 * Opens connections, and lets each one read the catalogue and plan the functions: the first call of a connection takes up to 50 ms,
 * else 4. Does nothing if they are open.
 */
export async function warmUp(database: Database): Promise<void> {
  for (const { kind, open } of database.connections()) {
    if (open >= CONNECTIONS) continue;
    for (const run of STATEMENTS[kind] ?? [])
      await Promise.all(Array.from({ length: CONNECTIONS }, () => run(database)));
  }
}
