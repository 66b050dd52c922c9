import { type AdapterPayload, errors } from 'oidc-provider';
import { asBytea } from '../../../../core/tokens/access.ts';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import { ALONE, coalesce } from '../../../../platform/database/coalesce.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { keyOf, revokeReusedArtifact } from './artifact-adapter.ts';
import { grantWithdrawn, throwProviderError } from './provider-errors.ts';

export interface NewToken {
  readonly id: string;
  readonly payload: AdapterPayload;
  /** Seconds. */
  readonly lives: number | undefined;
}

/** An access token, and the refresh token that takes the place of the one that it is issued for. */
export interface Issue extends NewToken {
  readonly model: 'AccessToken' | 'ClientCredentials';
  readonly rotation?: Rotation | undefined;
}

export interface Rotation {
  readonly used: string;
  readonly successor: NewToken;
}

interface Refused {
  /** Whose, from 1. */
  readonly n: number;
  readonly refusal: 'gone' | 'used';
}

/**
 * Issues the tokens of simultaneous requests together, in one transaction. Those that would have to wait for a lock, or that
 * seem to be refused, are decided by themselves.
 * @returns what issues one, and throws InvalidGrant when the refresh token was used before: that ends its whole family
 */
export function createTokenIssuing(database: Database): (issue: Issue) => Promise<void> {
  const issue = coalesce<Issue, void>({
    async answer(all, alone) {
      const refused = new Map(
        (await issueTokens(database, all, alone)).map(({ n, refusal }) => [n - 1, refusal]),
      );
      const [one] = all;
      if (alone && one) await refuse(one, refused.get(0));
      return all.map((_, index) => (refused.has(index) ? ALONE : undefined));
    },
  });

  async function refuse(one: Issue, refusal: Refused['refusal'] | undefined): Promise<void> {
    if (refusal === undefined) return;
    if (one.model === 'ClientCredentials') throw new errors.InvalidClient('the client was removed meanwhile');
    if (refusal === 'gone' || !one.rotation) throw grantWithdrawn();
    await revokeReusedArtifact(database, 'RefreshToken', keyOf(one.rotation.used));
    throw new errors.InvalidGrant('already used');
  }

  return (one) => issue(one).catch(throwProviderError);
}

/** @param wait for locks; else requests that meet one are among those returned */
async function issueTokens(database: Database, all: readonly Issue[], wait: boolean): Promise<Refused[]> {
  return database.query<Refused>(
    {
      name: 'issue_tokens',
      ...(wait ? { locks: true } : { batch: true }),
      text: 'SELECT n, refusal FROM issue_tokens($1, $2)',
    },
    [JSON.stringify(all.map(asRecord)), wait],
  );
}

function asRecord({ model, id, payload: { jti: _, ...payload }, lives, rotation }: Issue) {
  return {
    hash: asBytea(hashToken(id)),
    model,
    user_id: payload.accountId,
    client_id: payload.clientId,
    authorization_id: payload.grantId,
    scopes: payload.scope?.split(' ') ?? [],
    jkt: payload['jkt'],
    payload,
    lives,
    ...(rotation && asRotation(rotation)),
  };
}

function asRotation({
  used,
  successor: {
    id,
    payload: { jti: _, ...payload },
    lives,
  },
}: Rotation) {
  return { used: keyOf(used), refresh_id: keyOf(id), refresh_payload: payload, refresh_lives: lives };
}
