import { type AdapterPayload, errors } from 'oidc-provider';
import { asBytea } from '../../../../core/tokens/access.ts';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import { ALONE, coalesce } from '../../../../platform/database/coalesce.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { keyOf, revokeReusedArtifact } from './artifact-adapter.ts';
import { createGrantWithdrawn, throwProviderError } from './provider-errors.ts';

export interface NewToken {
  readonly id: string;
  readonly payload: AdapterPayload;
  /** In seconds. */
  readonly lifetime: number | undefined;
}

export interface NewAccessToken extends NewToken {
  readonly model: 'AccessToken' | 'ClientCredentials';
  readonly rotation?: Rotation | undefined;
}

/** The exchange of a refresh token for its successor. */
export interface Rotation {
  readonly usedId: string;
  readonly successor: NewToken;
}

/**
 * @throws InvalidGrant if the refresh token may not be used again. If its grace period is over, this revokes its whole family.
 */
export type IssueToken = (token: NewAccessToken) => Promise<void>;

interface Refusal {
  /** Number of the refused request, from 1. */
  readonly n: number;
  readonly refusal: 'gone' | 'exhausted' | 'reused';
}

/**
 * Issues the tokens of simultaneous requests in one transaction. A request that would wait for a lock, or seems to be refused,
 * is retried alone.
 * @param grace seconds for which a used refresh token is accepted again
 */
export function createTokenIssuer(database: Database, grace: number): IssueToken {
  const issueToken = coalesce<NewAccessToken, void>({
    async answer(tokens, alone) {
      const refusals = new Map(
        (await issueTokens(database, tokens, grace, alone)).map(({ n, refusal }) => [n - 1, refusal]),
      );
      const [token] = tokens;
      if (alone && token) await throwRefusal(token, refusals.get(0));
      return tokens.map((_, index) => (refusals.has(index) ? ALONE : undefined));
    },
  });

  async function throwRefusal(
    { model, rotation }: NewAccessToken,
    refusal: Refusal['refusal'] | undefined,
  ): Promise<void> {
    if (refusal === undefined) return;
    if (model === 'ClientCredentials') throw new errors.InvalidClient('the client was removed');
    if (refusal === 'gone' || !rotation) throw createGrantWithdrawn();
    if (refusal === 'exhausted') {
      throw new errors.CustomOIDCProviderError(
        'invalid_grant',
        'this refresh token was used too often: use a refresh token of a later response',
      );
    }
    await revokeReusedArtifact(database, 'RefreshToken', keyOf(rotation.usedId));
    throw new errors.InvalidGrant('already used');
  }

  return (token) => issueToken(token).catch(throwProviderError);
}

/** @param wait for locks; otherwise requests that meet a lock are refused */
async function issueTokens(
  database: Database,
  tokens: readonly NewAccessToken[],
  grace: number,
  wait: boolean,
): Promise<Refusal[]> {
  return database.query<Refusal>(
    {
      name: 'issue_tokens',
      ...(wait ? { locks: true } : { batch: true }),
      text: 'SELECT n, refusal FROM issue_tokens($1, $2, $3)',
    },
    [JSON.stringify(tokens.map(asRecord)), grace, wait],
  );
}

function asRecord({ model, id, payload: { jti: _, ...payload }, lifetime, rotation }: NewAccessToken) {
  return {
    hash: asBytea(hashToken(id)),
    model,
    user_id: payload.accountId,
    client_id: payload.clientId,
    authorization_id: payload.grantId,
    scopes: payload.scope?.split(' ').filter(Boolean) ?? [],
    jkt: payload['jkt'],
    resource: payload['aud'],
    payload,
    lifetime,
    ...(rotation && asRotationRecord(rotation)),
  };
}

function asRotationRecord({ usedId, successor }: Rotation) {
  const { jti: _, ...payload } = successor.payload;
  return {
    used: keyOf(usedId),
    refresh_id: keyOf(successor.id),
    refresh_payload: payload,
    refresh_lifetime: successor.lifetime,
  };
}
