import type { Client } from 'pg';
import { ADVISORY_LOCKS } from '../advisory-locks.ts';

/** Owns everything: creates the database, migrates it, and counts its users. A superuser, because initdb creates it. */
export const OWNER = 'clicktocall';
/** Reads and writes rows. It owns nothing, so it can neither change the schema nor disable the triggers of the audit log. */
export const SERVER = 'clicktocall_server';

const HAS_ACCESS = `SELECT FROM pg_default_acl WHERE defaclacl::text LIKE '%${SERVER}=%'`;

/** The tables that exist, and those that the owner's migrations will create. */
const GRANT_ACCESS = [
  `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${SERVER}`,
  `GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA public TO ${SERVER}`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${SERVER}`,
  `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE ON SEQUENCES TO ${SERVER}`,
];

/**
 * Creates the server's role and gives it access to the database of the connection, unless it has both. A restored dump may have
 * lost them.
 * @param owner a connection of the owner
 */
export async function ensureServerRole(owner: Client): Promise<void> {
  const isDone = async () => (await owner.query(HAS_ACCESS)).rowCount !== 0;
  if (await isDone()) return;
  await owner.query('BEGIN');
  await owner.query('SELECT pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.migration]);
  if (!(await isDone())) {
    const { rowCount } = await owner.query('SELECT FROM pg_roles WHERE rolname = $1', [SERVER]);
    if (rowCount === 0) await owner.query(`CREATE ROLE ${SERVER} LOGIN`);
    for (const statement of GRANT_ACCESS) await owner.query(statement);
  }
  await owner.query('COMMIT');
}
