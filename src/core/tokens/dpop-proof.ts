import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose';
import type { Database } from '../../platform/database/database.ts';
import { DPOP_ALGORITHMS, hashToken } from './access-token.ts';
import { MAX_JTI_LENGTH, rememberProofOfToken, secondsToRemember } from './proof-store.ts';
import { ProofInvalid } from './token-errors.ts';

/** Seconds that the client's clock may be off, in each direction. */
const ACCEPTED_AGE = 60;

export interface PresentedProof {
  /** The JWT in the header DPoP. */
  readonly proof: string;
  readonly token: string;
  readonly method: string;
  /** Path of the request, without query. */
  readonly path: string;
}

/**
 * Checks a DPoP proof by RFC 9449 section 4.3. Each proof works once. Does not check the token.
 * @returns the thumbprint of the proof's key (RFC 7638), for comparison with the key that the token is bound to
 * @throws ProofInvalid
 */
export type DpopProofCheck = (presented: PresentedProof) => Promise<string>;

export function createDpopProofCheck(database: Database, publicUrl: string): DpopProofCheck {
  return async ({ proof, token, method, path }) => {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: DPOP_ALGORITHMS,
      requiredClaims: ['jti', 'iat', 'htm', 'htu', 'ath'],
      maxTokenAge: 0,
      clockTolerance: ACCEPTED_AGE,
    }).catch((error) => {
      if (error instanceof errors.JOSEError)
        throw new ProofInvalid(`The DPoP proof is invalid: ${error.code}.`);
      throw error;
    });
    const { jti, iat } = payload;
    if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH)
      throw new ProofInvalid(`jti of the DPoP proof must be a string of 1 to ${MAX_JTI_LENGTH} characters.`);
    if (payload['htm'] !== method) throw new ProofInvalid('The DPoP proof is for another HTTP method.');
    if (withoutQuery(payload['htu']) !== `${publicUrl}${path}`)
      throw new ProofInvalid('The DPoP proof is for another URL.');
    const tokenHash = hashToken(token);
    if (payload['ath'] !== tokenHash.toString('base64url'))
      throw new ProofInvalid('The DPoP proof is for another access token.');
    if (!protectedHeader.jwk) throw new ProofInvalid('The DPoP proof has no key.');
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk, 'sha256');
    const seconds = secondsToRemember(Number(iat), ACCEPTED_AGE);
    const used = { proof: `${thumbprint} ${jti}`, seconds, tokenHash, thumbprint };
    if (!(await rememberProofOfToken(database, used)))
      throw new ProofInvalid('The DPoP proof was already used.');
    return thumbprint;
  };
}

function withoutQuery(url: unknown): string | undefined {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  return parsed ? `${parsed.origin}${parsed.pathname}` : undefined;
}
