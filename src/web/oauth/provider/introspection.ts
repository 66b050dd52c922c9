import { type AdapterPayload, type Client, errors, type Provider } from 'oidc-provider';
import { asProviderError } from './adapters/provider-errors.ts';
import type { StoredToken, TokenReader } from './adapters/token-reader.ts';

/** An introspection request of a client that authenticates with its secret. */
export interface IntrospectionRequest {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
}

/** What a client learns about a token (RFC 7662 section 2.2), in the order in which the provider writes it. Times in seconds. */
export interface Introspection {
  readonly active: boolean;
  readonly sub?: string | undefined;
  readonly client_id?: string | undefined;
  readonly exp?: number | undefined;
  readonly iat?: number | undefined;
  readonly sid?: string | undefined;
  readonly iss?: string;
  readonly aud?: string | undefined;
  readonly scope?: string | undefined;
  readonly cnf?: { readonly jkt: string } | undefined;
  readonly token_type?: 'Bearer' | 'DPoP' | undefined;
}

const INACTIVE: Introspection = { active: false };
const SECRET_METHODS: readonly unknown[] = ['client_secret_basic', 'client_secret_post'];

/**
 * Answers as the provider does. Reads the client, and then the token, each together with those of simultaneous requests.
 * @returns undefined if the client does not authenticate with its secret, or for an error that the provider presents, such as
 *   that the database is unavailable
 */
export async function introspect(
  provider: Provider,
  reader: Pick<TokenReader, 'readToken'>,
  { clientId, clientSecret, token }: IntrospectionRequest,
): Promise<Introspection | undefined> {
  try {
    const client = await provider.Client.find(clientId);
    if (!client || !(await authenticates(client, clientSecret))) return undefined;
    const stored = await reader.readToken(token);
    return stored && isActive(stored, client) ? describe(stored, provider.issuer) : INACTIVE;
  } catch (error) {
    if (asProviderError(error) instanceof errors.OIDCProviderError) return undefined;
    throw error;
  }
}

/** A secret that expires is left to the provider. */
async function authenticates(client: Client, secret: string): Promise<boolean> {
  const hasSecret = SECRET_METHODS.includes(client.clientAuthMethod) && !client.clientSecretExpiresAt;
  return hasSecret && client.compareClientSecret(secret);
}

/** A client learns only about its own tokens. */
function isActive({ payload, consumed, authorization }: StoredToken, { clientId }: Client): boolean {
  if (consumed !== null || isExpired(payload) || payload.clientId !== clientId) return false;
  if (payload.grantId === undefined) return true;
  return (
    authorization !== null &&
    !isExpired(authorization) &&
    authorization.clientId === clientId &&
    authorization.accountId === payload.accountId
  );
}

function isExpired({ exp }: AdapterPayload): boolean {
  return Number(exp) <= Math.floor(Date.now() / 1000);
}

function describe({ model, payload }: StoredToken, issuer: string): Introspection {
  const jkt = payload['jkt'] as string | undefined;
  return {
    active: true,
    sub: payload.accountId,
    client_id: payload.clientId,
    exp: payload.exp,
    iat: payload.iat,
    sid: payload['sid'] as string | undefined,
    iss: issuer,
    aud: payload['aud'] as string | undefined,
    scope: payload.scope || undefined,
    cnf: jkt === undefined ? undefined : { jkt },
    token_type: model === 'RefreshToken' ? undefined : jkt === undefined ? 'Bearer' : 'DPoP',
  };
}
