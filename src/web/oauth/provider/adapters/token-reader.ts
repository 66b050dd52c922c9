import type { AdapterPayload } from 'oidc-provider';
import type { Account } from '../../../../core/people/user-store.ts';
import { hashToken, SCOPE_ADMIN, SCOPE_OFFLINE } from '../../../../core/tokens/access-token.ts';
import { coalesce } from '../../../../platform/database/coalesce.ts';
import type { Database } from '../../../../platform/database/database.ts';
import { currentRequest } from './current-request.ts';
import { throwProviderError } from './provider-errors.ts';

export type TokenModel = 'AccessToken' | 'ClientCredentials' | 'RefreshToken';

/**
 * Reads the tokens that simultaneous requests present in one statement, each with its authorization and its user. The provider
 * asks for those next; they come from the same read.
 */
export interface TokenReader {
  /** Reads a token of any model, as `findToken`. @returns undefined for no token, or that of a disabled user */
  readToken(id: string): Promise<StoredToken | undefined>;
  /**
   * Leaves out the scope `admin` if it needs a second factor that the authorization lacks.
   * @returns undefined for a token of another model, or of a disabled user
   */
  findToken(model: TokenModel, id: string): Promise<AdapterPayload | undefined>;
  /** The authorization of the token that the current request presents; undefined for another authorization. */
  findAuthorizationOfToken(id: string): AdapterPayload | undefined;
  /**
   * The user of the token that the current request presents, with the number only if the token has the scope `phone`; undefined
   * for another user.
   */
  findAccountOfToken(userId: string): Account | undefined;
}

export interface StoredToken {
  readonly model: TokenModel;
  readonly payload: AdapterPayload;
  /** When a refresh token was used; null while it is accepted again. */
  readonly consumed: number | null;
  readonly authorization: AdapterPayload | null;
  readonly account: Account | undefined;
}

interface Row extends Omit<StoredToken, 'account'> {
  /** Number of the request that the row answers, from 1. */
  readonly n: number;
  readonly userName: string | null;
  readonly administrator: boolean;
  readonly phoneNumber: string | null;
  readonly secondFactorMissing: boolean;
}

export interface TokenReaderSettings {
  /** Seconds for which a used refresh token is accepted again. */
  readonly refreshTokenGrace: number;
  readonly secondFactorRequired: boolean;
}

interface TokenLookup {
  readonly id: string;
  readonly reading: Promise<StoredToken | undefined>;
  /** Set once it is read. */
  stored?: StoredToken | undefined;
}

export function createTokenReader(database: Database, settings: TokenReaderSettings): TokenReader {
  const readToken = coalesce({ answer: readDistinctTokens });
  /** By request: the provider looks a token up once for each model. */
  const lookups = new WeakMap<object, TokenLookup>();

  async function readDistinctTokens(ids: readonly string[]): Promise<(StoredToken | undefined)[]> {
    const distinct = [...new Set(ids)];
    const tokens = await readTokens(database, settings, distinct);
    const byId = new Map(distinct.map((id, index) => [id, tokens[index]]));
    return ids.map((id) => byId.get(id));
  }

  async function readTokenOnce(id: string): Promise<StoredToken | undefined> {
    const request = currentRequest();
    if (!request) return readToken(id);
    const earlier = lookups.get(request);
    if (earlier?.id === id) return earlier.reading;
    const lookup: TokenLookup = { id, reading: readToken(id) };
    lookups.set(request, lookup);
    lookup.stored = await lookup.reading;
    return lookup.stored;
  }

  function findPresented(): StoredToken | undefined {
    const request = currentRequest();
    return request && lookups.get(request)?.stored;
  }

  return {
    readToken,

    async findToken(model, id) {
      const token = await readTokenOnce(id).catch(throwProviderError);
      if (token?.model !== model) return undefined;
      return { ...token.payload, jti: id, ...(token.consumed !== null && { consumed: token.consumed }) };
    },

    findAuthorizationOfToken(id) {
      const token = findPresented();
      return token?.payload.grantId === id ? (token.authorization ?? undefined) : undefined;
    },

    findAccountOfToken(userId) {
      const token = findPresented();
      return token?.payload.accountId === userId ? token.account : undefined;
    },
  };
}

/** @returns a token for each id, in their order */
async function readTokens(
  database: Database,
  { refreshTokenGrace, secondFactorRequired }: TokenReaderSettings,
  ids: readonly string[],
): Promise<(StoredToken | undefined)[]> {
  const hashes = ids.map(hashToken);
  const rows = await database.query<Row>(
    {
      name: 'presented_tokens',
      text: `SELECT n, model, payload, consumed, "authorization", user_name AS "userName", administrator,
                    phone_number AS "phoneNumber", second_factor_missing AS "secondFactorMissing"
               FROM presented_tokens($1, $2, $3, $4)`,
    },
    [hashes, hashes.map((hash) => hash.toString('base64url')), refreshTokenGrace, secondFactorRequired],
  );
  const tokens: (StoredToken | undefined)[] = ids.map(() => undefined);
  for (const { n, userName, administrator, phoneNumber, secondFactorMissing, payload, ...token } of rows) {
    tokens[n - 1] = {
      ...token,
      payload: secondFactorMissing ? withoutAdministration(payload) : payload,
      account: userName === null ? undefined : { name: userName, administrator, phoneNumber },
    };
  }
  return tokens;
}

/** Nothing is left of a scope that would only keep access while the user is away. */
function withoutAdministration({ scope = '', ...payload }: AdapterPayload): AdapterPayload {
  const scopes = scope.split(' ').filter((each) => each !== SCOPE_ADMIN);
  return scopes.every((each) => each === SCOPE_OFFLINE) ? payload : { ...payload, scope: scopes.join(' ') };
}
