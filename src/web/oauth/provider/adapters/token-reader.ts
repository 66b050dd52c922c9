import type { AdapterPayload } from 'oidc-provider';
import type { Account } from '../../../../core/people/user-store.ts';
import { hashToken } from '../../../../core/tokens/access-token.ts';
import { coalesce } from '../../../../platform/database/coalesce.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { currentRequest } from './current-request.ts';
import { throwProviderError } from './provider-errors.ts';

export type TokenModel = 'AccessToken' | 'ClientCredentials' | 'RefreshToken';

/** A token as it stands in the database, with what else a request that presents it is judged by. */
interface FoundToken {
  readonly model: TokenModel;
  readonly payload: AdapterPayload;
  readonly consumed: number | null;
  readonly authorization: AdapterPayload | null;
  readonly account: Account | undefined;
}

interface Row extends Omit<FoundToken, 'account'> {
  /** Whose answer the row is, from 1. */
  readonly n: number;
  readonly userName: string | null;
  readonly administrator: boolean;
}

interface Presented {
  readonly id: string;
  readonly reading: Promise<FoundToken | undefined>;
  found?: FoundToken | undefined;
}

export type TokenReading = ReturnType<typeof createTokenReading>;

/**
 * Finds the tokens that simultaneous requests present together, each as it stands then, with the authorization and the user
 * behind it: the provider asks for those next, and gets what was read with the token.
 */
export function createTokenReading(database: Database) {
  const read = coalesce({ answer: readDistinct });
  /** By the request that is being answered: it asks for one token as each model's. */
  const presented = new WeakMap<object, Presented>();

  async function readDistinct(ids: readonly string[]): Promise<(FoundToken | undefined)[]> {
    const distinct = [...new Set(ids)];
    const found = await readTokens(database, distinct);
    const byId = new Map(distinct.map((id, index) => [id, found[index]]));
    return ids.map((id) => byId.get(id));
  }

  async function readOnce(id: string): Promise<FoundToken | undefined> {
    const request = currentRequest();
    if (!request) return read(id);
    const before = presented.get(request);
    if (before?.id === id) return before.reading;
    const asked: Presented = { id, reading: read(id) };
    presented.set(request, asked);
    asked.found = await asked.reading;
    return asked.found;
  }

  function found(): FoundToken | undefined {
    const request = currentRequest();
    return request && presented.get(request)?.found;
  }

  return {
    /** None that is another model's, or a disabled user's. */
    async find(model: TokenModel, id: string): Promise<AdapterPayload | undefined> {
      const token = await readOnce(id).catch(throwProviderError);
      if (token?.model !== model) return undefined;
      return { ...token.payload, jti: id, ...(token.consumed !== null && { consumed: token.consumed }) };
    },

    /** The authorization of the token that the request presents; undefined when it is another one's. */
    authorizationOfToken(id: string): AdapterPayload | undefined {
      const token = found();
      return token?.payload.grantId === id ? (token.authorization ?? undefined) : undefined;
    },

    /** The user of the token that the request presents; undefined when it is another one's. */
    accountOfToken(userId: string): Account | undefined {
      const token = found();
      return token?.payload.accountId === userId ? token.account : undefined;
    },
  };
}

/** @returns one for each, in their order */
async function readTokens(database: Database, ids: readonly string[]): Promise<(FoundToken | undefined)[]> {
  const hashes = ids.map(hashToken);
  const rows = await database.query<Row>(
    {
      name: 'presented_tokens',
      text: `SELECT n, model, payload, consumed, "authorization", user_name AS "userName", administrator
               FROM presented_tokens($1, $2)`,
    },
    [hashes, hashes.map((hash) => hash.toString('base64url'))],
  );
  const found: (FoundToken | undefined)[] = ids.map(() => undefined);
  for (const { n, userName, administrator, ...token } of rows)
    found[n - 1] = { ...token, account: userName === null ? undefined : { name: userName, administrator } };
  return found;
}
