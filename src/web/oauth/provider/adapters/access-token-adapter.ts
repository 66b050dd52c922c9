import type { Adapter } from 'oidc-provider';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import type { Rotations } from './rotations.ts';
import type { Issue } from './token-issuing.ts';
import type { TokenReading } from './token-reading.ts';
import { unsupported } from './unsupported.ts';

interface Parts {
  readonly db: Queryable;
  readonly model: 'AccessToken' | 'ClientCredentials';
  readonly reading: TokenReading;
  readonly issue: (issue: Issue) => Promise<void>;
  readonly rotations: Rotations;
}

/** Access tokens, with or without a user; each call checks them by the same columns (token_entitlement in database/functions/). */
export function createAccessTokenAdapter({ db, model, reading, issue, rotations }: Parts): Adapter {
  return {
    ...unsupported,

    upsert: (id, payload, lives) => issue({ model, id, payload, lives, rotation: rotations.finish() }),
    find: (id) => reading.find(model, id),

    async destroy(id) {
      await db.query({ name: 'delete_access_token', text: 'DELETE FROM access_tokens WHERE hash = $1' }, [
        hashToken(id),
      ]);
    },

    async revokeByGrantId(grantId) {
      await db.query(
        { name: 'revoke_access_tokens', text: 'DELETE FROM access_tokens WHERE authorization_id = $1' },
        [grantId],
      );
    },
  };
}
