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

/** Requests whose client assertion is verified, but not yet stored. */
const storingAssertion = new WeakSet<object>();

/**
 * Says that the provider looks up and stores the client assertion of a request next. The provider itself does not say whether an
 * id is that of an assertion or of a proof, and both may have the same `jti`.
 */
export function expectAssertion(request: object): void {
  storingAssertion.add(request);
}

/**
 * JWTs that may be used only once: client assertions and DPoP proofs. The provider asks with a hash of the client's id and `jti`,
 * after it has verified that JWT. It verifies the proof of a request only after it has stored the assertion, so the header DPoP
 * means nothing until then.
 */
export function createProofAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,
    async find(id) {
      if (isAssertion()) return (await isProofRemembered(db, `assertion ${id}`)) ? {} : undefined;
      if (String(readDpopProof().jti).length > MAX_JTI_LENGTH)
        throw new errors.InvalidDpopProof(`DPoP proof jti must have at most ${MAX_JTI_LENGTH} characters`);
      return (await isProofRemembered(db, `proof ${id}`)) ? {} : undefined;
    },

    // Simultaneous requests with one JWT can all find it unused; only one may insert it.
    async upsert(id, _payload, expiresIn) {
      if (isAssertion()) {
        storingAssertion.delete(currentRequest() ?? {});
        if (!(await rememberProof(db, `assertion ${id}`, Number(expiresIn))))
          throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
        return;
      }
      // The provider would remember a proof for 300 seconds from its use; one with a future `iat` could then be used again.
      const seconds = secondsToRemember(Number(readDpopProof().iat), ACCEPTED_AGE);
      if (!(await rememberProof(db, `proof ${id}`, seconds)))
        throw new errors.InvalidRequest('this DPoP proof was already used');
    },

    destroy: async () => undefined,
  };
}

function isAssertion(): boolean {
  const request = currentRequest();
  return request !== undefined && storingAssertion.has(request);
}

/** The proof of the current request, which the provider has verified. */
function readDpopProof(): JWTPayload {
  return decodeJwt(currentRequest()?.get('DPoP') ?? '');
}
