import { type Adapter, errors } from 'oidc-provider';
import { isProofRemembered, rememberProof } from '../../../../core/tokens/proof-store.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import { unsupported } from './unsupported.ts';

/** In seconds; the provider says how long each one does. */
const PROOF_LIVES = 300;

/** JWTs that may be used once: DPoP proofs and client assertions. */
export function createProofAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,
    async find(id) {
      return (await isProofRemembered(db, id)) ? {} : undefined;
    },

    async upsert(id, _payload, expiresIn = PROOF_LIVES) {
      // Simultaneous uses of one proof all found it unused; one of them is the first.
      if (!(await rememberProof(db, id, expiresIn))) {
        throw new errors.InvalidRequest('this proof or assertion was used before');
      }
    },

    destroy: async () => undefined,
  };
}
