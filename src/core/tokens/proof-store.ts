import { hash } from 'node:crypto';
import type { Queryable } from '../../platform/database/database.ts';

/**
 * Stores the hash of a single-use JWT for as long as it could be replayed. The INSERT decides, so only one of several
 * simultaneous uses succeeds.
 * @returns whether this is its first use
 */
export async function rememberProof(db: Queryable, proof: string, seconds: number): Promise<boolean> {
  const rows = await db.query(
    {
      name: 'remember_proof',
      text: `INSERT INTO used_proofs (hash, expires_at) VALUES ($1, now() + $2 * interval '1 second')
             ON CONFLICT DO NOTHING RETURNING hash`,
    },
    [hashOf(proof), seconds],
  );
  return rows.length === 1;
}

export async function isProofRemembered(db: Queryable, proof: string): Promise<boolean> {
  const rows = await db.query(
    { name: 'proof_remembered', text: 'SELECT 1 FROM used_proofs WHERE hash = $1 AND expires_at > now()' },
    [hashOf(proof)],
  );
  return rows.length === 1;
}

function hashOf(proof: string): Buffer {
  return hash('sha256', proof, 'buffer');
}
