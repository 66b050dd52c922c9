import { hash } from 'node:crypto';
import type { Queryable } from '../../platform/database/database.ts';

/** Characters of the id of a proof or an assertion. */
export const MAX_JTI_LENGTH = 255;
/** Seconds that the clocks of nodes may differ. */
const CLOCK_DIFFERENCE = 5;

/**
 * How long a DPoP proof could be replayed, which depends on when it was made, not on when it is used (RFC 9449 section 11.1).
 * @param issuedAt `iat` of the proof
 * @param acceptedAge seconds that a proof may be old
 * @returns seconds from now
 */
export function secondsToRemember(issuedAt: number, acceptedAge: number): number {
  return Math.max(0, issuedAt + acceptedAge + CLOCK_DIFFERENCE - Date.now() / 1000);
}

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

/**
 * Does the same for a proof that belongs to an access token. Anybody can make proofs, so nothing is stored unless the token is
 * valid and bound to the proof's key. The caller has to check the token, too.
 * @returns false if the proof was already used with a bound token
 */
export async function rememberProofOfToken(
  db: Queryable,
  { proof, seconds, tokenHash, thumbprint }: ProofOfToken,
): Promise<boolean> {
  const [row] = await db.query<{ replayed: boolean }>(
    {
      name: 'remember_proof_of_token',
      text: `WITH bound AS MATERIALIZED (
               SELECT FROM access_tokens WHERE hash = $3 AND jkt = $4 AND expires_at > now()
             ), remembered AS (
               INSERT INTO used_proofs (hash, expires_at) SELECT $1, now() + $2 * interval '1 second' FROM bound
               ON CONFLICT DO NOTHING RETURNING hash
             )
             SELECT EXISTS (SELECT FROM bound) AND NOT EXISTS (SELECT FROM remembered) AS replayed`,
    },
    [hashOf(proof), seconds, tokenHash, thumbprint],
  );
  return row?.replayed === false;
}

interface ProofOfToken {
  readonly proof: string;
  readonly seconds: number;
  /** SHA-256 of the access token. */
  readonly tokenHash: Buffer;
  /** Of the key that signed the proof (RFC 7638). */
  readonly thumbprint: string;
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
