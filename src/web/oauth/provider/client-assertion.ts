import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider';
import { MAX_JTI_LENGTH } from '../../../core/tokens/proof-store.ts';
import { expectAssertion } from './adapters/proof-adapter.ts';

/** Seconds from now, and from `iat`. */
const MAX_LIFETIME = 3600;
/** Seconds that the client's clock may be ahead. */
const CLOCK_TOLERANCE = 60;

/**
 * Checks the claims of a client assertion (private_key_jwt), after the provider has checked its signature. It has one audience, a
 * string: the issuer (draft-ietf-oauth-rfc7523bis section 4). An assertion for several audiences, or for an endpoint, could be
 * passed on by another server. For clients that an administrator has marked, the token endpoint is an audience, too (OpenID
 * Connect Core section 9).
 */
export function checkClientAssertion(
  request: KoaContextWithOIDC,
  { aud, exp, iat, jti }: Record<string, unknown>,
  _header: unknown,
  client: Client,
): void {
  const { oidc } = request;
  const audiences: unknown[] = [oidc.issuer];
  if (client['assertion_audience'] === 'tokenEndpoint') audiences.push(oidc.urlFor('token'));
  if (!audiences.includes(aud))
    refuse(`aud of the client assertion must be a single string: ${audiences.join(' or ')}`);
  if (typeof jti !== 'string' || jti.length > MAX_JTI_LENGTH)
    refuse(`jti of the client assertion must be a string of at most ${MAX_JTI_LENGTH} characters`);
  const now = Math.floor(Date.now() / 1000);
  if (typeof exp !== 'number' || exp > now + MAX_LIFETIME)
    refuse('exp of the client assertion must be at most one hour from now');
  const isIatValid =
    iat === undefined ||
    (typeof iat === 'number' && iat <= now + CLOCK_TOLERANCE && exp - iat <= MAX_LIFETIME);
  if (!isIatValid) refuse('iat of the client assertion must be in the past, and at most one hour before exp');
  expectAssertion(request);
}

function refuse(description: string): never {
  throw Object.assign(new errors.InvalidClientAuth(description), { error_description: description });
}
