import type { AdapterPayload } from 'oidc-provider';
import { coalesce } from '../../../database/coalesce.ts';
import type { Database } from '../../../database/database.ts';
import type { Account } from '../../../people/user-store.ts';
import { hashToken } from '../../access-tokens/access-token.ts';
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

export type TokenReading = ReturnType<typeof createTokenReading>;

/**
 * Finds the tokens that simultaneous requests present together, each as it stands then, with the authorization and the user
 * behind it: the provider asks for those next, and gets what was read with the token.
 */
export function createTokenReading(database: Database) {
  const read = coalesce({ alone: async (id) => (await readTokens(database, [id]))[0], together });
  const foundBy = new WeakMap<object, FoundToken>();

  async function together(ids: readonly string[]): Promise<(FoundToken | undefined)[]> {
    const distinct = [...new Set(ids)];
    const found = await readTokens(database, distinct);
    const byId = new Map(distinct.map((id, index) => [id, found[index]]));
    return ids.map((id) => byId.get(id));
  }

  /** What the request that is being answered has presented. */
  function presented(): FoundToken | undefined {
    const request = currentRequest();
    return request && foundBy.get(request);
  }

  return {
    /** None that is another model's, or a disabled user's. */
    async find(model: TokenModel, id: string): Promise<AdapterPayload | undefined> {
      const found = await read(id).catch(throwProviderError);
      if (found?.model !== model) return undefined;
      const request = currentRequest();
      if (request) foundBy.set(request, found);
      return { ...found.payload, jti: id, ...(found.consumed !== null && { consumed: found.consumed }) };
    },

    /** The authorization of the token that the request presents; undefined when it is another one's. */
    authorizationOfToken(id: string): AdapterPayload | undefined {
      const found = presented();
      return found?.payload.grantId === id ? (found.authorization ?? undefined) : undefined;
    },

    /** The user of the token that the request presents; undefined when it is another one's. */
    accountOfToken(userId: string): Account | undefined {
      const found = presented();
      return found?.payload.accountId === userId ? found.account : undefined;
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
