import { type Adapter, errors } from 'oidc-provider';
import { isProofRemembered, rememberProof } from '../../../../core/tokens/proof-store.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import { unsupported } from './unsupported.ts';

/** For a JWT without a lifetime of its own. */
const DEFAULT_LIFETIME_SECONDS = 300;

/** JWTs that may be used only once: DPoP proofs and client assertions. */
export function createProofAdapter(db: Queryable): Adapter {
  return {
    ...unsupported,
    async find(id) {
      return (await isProofRemembered(db, id)) ? {} : undefined;
    },

    async upsert(id, _payload, expiresIn = DEFAULT_LIFETIME_SECONDS) {
      // Simultaneous requests with one proof can all find it unused; only one may insert it.
      if (!(await rememberProof(db, id, expiresIn))) {
        throw new errors.InvalidRequest('this proof or assertion was already used');
      }
    },

    destroy: async () => undefined,
  };
}
