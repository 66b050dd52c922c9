import { type Adapter, errors } from 'oidc-provider';
import type { Queryable } from '../../../database/database.ts';
import { rememberProof } from '../../access-tokens/proof-store.ts';
import { unsupported } from './unsupported.ts';

/** In seconds; the provider says how long each one does. */
const PROOF_LIVES = 300;

/** JWTs that may be used once: DPoP proofs and client assertions. */
export function createProofAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,
    find: async () => undefined,

    async upsert(id, _payload, expiresIn = PROOF_LIVES) {
      if (!(await rememberProof(db, id, expiresIn))) {
        throw new errors.InvalidRequest('this proof or assertion was used before');
      }
    },

    destroy: async () => undefined,
  };
}
