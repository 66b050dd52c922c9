import type { Client, Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { AdministrationCheck } from '../../../core/console-sessions/administration-check.ts';
import { mayGrant } from '../../../core/grants/grant-service.ts';
import type { Account } from '../../../core/people/user-store.ts';
import { SCOPE_ADMIN } from '../../../core/tokens/access-token.ts';
import type { CookieNames } from '../../entry/cookie-names.ts';

export interface ProviderGrantDeps {
  findAccount(userId: string): Promise<Account | undefined>;
  findGrantedScopes(userId: string, clientId: string): Promise<string[] | undefined>;
  readonly checkAdministration: AdministrationCheck;
  readonly cookieNames: CookieNames;
  /** Records that the browser that granted an authorization had verified the second factor. */
  recordSecondFactor(authorizationId: string): Promise<void>;
}

/**
 * Creates the provider's "Grant" from what the user has granted to the client before. Each authorization has its own, so that a
 * reused code or refresh token revokes only the tokens of its authorization. Scopes that the user may not grant, such as `admin`
 * without being an administrator, are rejected. The user is asked again for `admin` if this browser has not verified the second
 * factor.
 * @returns undefined if the user must be asked
 */
export async function loadProviderGrant(
  ctx: KoaContextWithOIDC,
  deps: ProviderGrantDeps,
): Promise<Grant | undefined> {
  const { client, session, provider, result, requestParamOIDCScopes } = ctx.oidc;
  const newGrantId = result?.consent?.grantId;
  if (newGrantId !== undefined) return provider.Grant.find(newGrantId);
  if (!client || !session?.accountId) return undefined;

  const granted = await deps.findGrantedScopes(session.accountId, client.clientId);
  if (!granted) return undefined;
  const requested = [...requestParamOIDCScopes];
  const account = await deps.findAccount(session.accountId);
  const secondFactor = requestParamOIDCScopes.has(SCOPE_ADMIN)
    ? await deps.checkAdministration(session.accountId, ctx.cookies.get(deps.cookieNames.console))
    : 'notNeeded';
  const isGranted = (scope: string) =>
    granted.includes(scope) && !(secondFactor === 'missing' && scope === SCOPE_ADMIN);
  const grant = await createProviderGrant(provider, {
    userId: session.accountId,
    client,
    granted: requested.filter((scope) => isGranted(scope) && mayGrant(account, scope)),
    rejected: requested.filter((scope) => !mayGrant(account, scope)),
  });
  if (secondFactor === 'verified') await deps.recordSecondFactor(grant.jti);
  return grant;
}

/** A family of refresh tokens lasts for up to a year if it is used. Without refresh tokens, access tokens last an hour. */
const LIFETIME_SECONDS = { withRefreshTokens: 365 * 24 * 3600, without: 24 * 3600 };

/** Creates and saves the provider's "Grant", which is an authorization. */
export async function createProviderGrant(
  provider: KoaContextWithOIDC['oidc']['provider'],
  authorization: {
    readonly userId: string;
    readonly client: Client;
    readonly granted: readonly string[];
    readonly rejected: readonly string[];
  },
): Promise<Grant> {
  const { userId, client, granted, rejected } = authorization;
  const expiresIn = client.grantTypeAllowed('refresh_token')
    ? LIFETIME_SECONDS.withRefreshTokens
    : LIFETIME_SECONDS.without;
  const grant = new provider.Grant({ accountId: userId, clientId: client.clientId });
  Object.assign(grant, { expiresIn }); // missing in the library's types
  grant.addOIDCScope(granted.join(' '));
  if (rejected.length > 0) grant.rejectOIDCScope(rejected.join(' '));
  await grant.save();
  return grant;
}
