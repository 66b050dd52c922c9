import type { Adapter } from 'oidc-provider';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import type { Queryable } from '../../../../platform/database/database.ts';
import type { Rotations } from './rotations.ts';
import type { IssueToken } from './token-issuer.ts';
import type { TokenReader } from './token-reader.ts';
import { unsupported } from './unsupported.ts';

interface AccessTokenDeps {
  readonly db: Queryable;
  readonly model: 'AccessToken' | 'ClientCredentials';
  readonly reader: TokenReader;
  readonly issueToken: IssueToken;
  readonly rotations: Rotations;
}

/** Access tokens, with or without a user. API requests check the same columns (token_entitlement in database/functions/). */
export function createAccessTokenAdapter({
  db,
  model,
  reader,
  issueToken,
  rotations,
}: AccessTokenDeps): Adapter {
  return {
    ...unsupported,

    upsert: (id, payload, lifetime) =>
      issueToken({ model, id, payload, lifetime, rotation: rotations.finish() }),
    find: (id) => reader.findToken(model, id),

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
