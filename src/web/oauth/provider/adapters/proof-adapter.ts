import { hash } from 'node:crypto';
import { decodeJwt, type JWTPayload } from 'jose';
import { type Adapter, errors } from 'oidc-provider';
import {
  isProofRemembered,
  MAX_JTI_LENGTH,
  rememberProof,
  secondsToRemember,
} from '../../../../core/tokens/proof-store.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import { currentRequest } from './current-request.ts';
import { unsupported } from './unsupported.ts';

/** Seconds that the provider accepts a DPoP proof before and after its `iat`. */
const ACCEPTED_AGE = 300;

/**
 * JWTs that may be used only once: DPoP proofs and client assertions. The provider asks with a hash of issuer and `jti`, after it
 * has checked the JWT. It would remember a DPoP proof for 300 seconds from its use; a proof whose `iat` is in the future could
 * then be used again.
 */
export function createProofAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,
    async find(id) {
      const { jti = '' } = readDpopProof() ?? {};
      if (jti.length > MAX_JTI_LENGTH)
        throw new errors.InvalidDpopProof(`DPoP proof jti must have at most ${MAX_JTI_LENGTH} characters`);
      return (await isProofRemembered(db, id)) ? {} : undefined;
    },

    async upsert(id, { iss }, expiresIn = ACCEPTED_AGE) {
      const proof = readDpopProof();
      const isDpopProof = proof && id === hash('sha256', `${iss}${proof.jti}`, 'base64url');
      const seconds = isDpopProof ? secondsToRemember(Number(proof.iat), ACCEPTED_AGE) : expiresIn;
      // Simultaneous requests with one proof can all find it unused; only one may insert it.
      if (!(await rememberProof(db, id, seconds))) {
        throw new errors.InvalidRequest('this proof or assertion was already used');
      }
    },

    destroy: async () => undefined,
  };
}

/** The proof of the current request, which the provider has verified. */
function readDpopProof(): JWTPayload | undefined {
  const proof = currentRequest()?.get('DPoP');
  return proof ? decodeJwt(proof) : undefined;
}
