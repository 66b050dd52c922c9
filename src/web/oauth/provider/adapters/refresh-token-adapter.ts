import type { Adapter } from 'oidc-provider';
import type { Queryable } from '../../../../platform/database/database.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import type { Rotations } from './rotations.ts';
import type { TokenReader } from './token-reader.ts';

interface RefreshTokenDeps {
  readonly db: Queryable;
  readonly reader: TokenReader;
  readonly rotations: Rotations;
}

/**
 * Refresh tokens are artifacts. They are read like access tokens, and rotated together with the new access token. A used one is
 * read as unused until its grace period is over; the statement that issues the tokens decides whether it gets another successor.
 */
export function createRefreshTokenAdapter({ db, reader, rotations }: RefreshTokenDeps): Adapter {
  const artifacts = createArtifactAdapter(db, 'RefreshToken');
  return {
    ...artifacts,
    find: (id) => reader.findToken('RefreshToken', id),

    async consume(id) {
      if (!rotations.start(id)) await artifacts.consume(id);
    },

    async upsert(id, payload, lifetime) {
      if (!rotations.addSuccessor({ id, payload, lifetime })) await artifacts.upsert(id, payload, lifetime);
    },
  };
}
