import type { Adapter } from 'oidc-provider';
import type { Queryable } from '../../../../platform/database/database.ts';
import { createArtifactAdapter } from './artifact-adapter.ts';
import type { Rotations } from './rotations.ts';
import type { TokenReading } from './token-reading.ts';

interface Deps {
  readonly db: Queryable;
  readonly reading: TokenReading;
  readonly rotations: Rotations;
}

/** Refresh tokens are artifacts, which are read as tokens, and rotated with the access token that comes of it. */
export function createRefreshTokenAdapter({ db, reading, rotations }: Deps): Adapter {
  const artifacts = createArtifactAdapter(db, 'RefreshToken');
  return {
    ...artifacts,
    find: (id) => reading.find('RefreshToken', id),

    async consume(id) {
      if (!rotations.begin(id)) await artifacts.consume(id);
    },

    async upsert(id, payload, lives) {
      if (!rotations.addSuccessor({ id, payload, lives })) await artifacts.upsert(id, payload, lives);
    },
  };
}
