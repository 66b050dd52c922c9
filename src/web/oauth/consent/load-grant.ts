import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import type { AdministrationCheck } from '../../../core/console-sessions/administration-check.ts';
import { mayGrant } from '../../../core/grants/grant-service.ts';
import type { Account } from '../../../core/people/user-store.ts';
import { SCOPE_ADMIN } from '../../../core/tokens/access-token.ts';
import { CONSOLE_COOKIE } from '../../entry/console-cookie.ts';

/** Where users and what they have granted are found. */
export interface GrantSources {
  findAccount(userId: string): Promise<Account | undefined>;
  findGrantedScopes(userId: string, clientId: string): Promise<string[] | undefined>;
  readonly mayGrantAdministration: AdministrationCheck;
}

/**
 * What the user has granted this client, as the provider wants it: one "Grant" for each authorization, so that a reused
 * code or refresh token ends that authorization's tokens and no others. `admin` is nobody's to grant but an
 * administrator's: for others it is rejected, and the authorization goes on without it. What was granted once is not granted
 * anew where a second factor would have to be shown for it: then the person is asked again.
 */
export async function loadGrant(ctx: KoaContextWithOIDC, sources: GrantSources): Promise<Grant | undefined> {
  const { client, session, provider, result, requestParamOIDCScopes } = ctx.oidc;
  const justGranted = result?.consent?.grantId;
  if (justGranted !== undefined) return provider.Grant.find(justGranted);
  if (!client || !session?.accountId) return undefined;

  const granted = await sources.findGrantedScopes(session.accountId, client.clientId);
  if (!granted) return undefined;
  const requested = [...requestParamOIDCScopes];
  const account = await sources.findAccount(session.accountId);
  const unshown =
    requestParamOIDCScopes.has(SCOPE_ADMIN) &&
    !(await sources.mayGrantAdministration(session.accountId, ctx.cookies.get(CONSOLE_COOKIE)));
  const remembered = (scope: string) => granted.includes(scope) && !(unshown && scope === SCOPE_ADMIN);
  return createGrant(provider, {
    userId: session.accountId,
    clientId: client.clientId,
    granted: requested.filter((scope) => remembered(scope) && mayGrant(account, scope)),
    rejected: requested.filter((scope) => !mayGrant(account, scope)),
  });
}

/** In seconds. Families of refresh tokens live as long as they are used, up to a year; a token alone lives an hour. */
const LIVES = { withRefreshTokens: 365 * 24 * 3600, without: 24 * 3600 };

/** Saves it, too. */
export async function createGrant(
  provider: KoaContextWithOIDC['oidc']['provider'],
  made: { userId: string; clientId: string; granted: readonly string[]; rejected: readonly string[] },
): Promise<Grant> {
  const client = await provider.Client.find(made.clientId);
  const expiresIn = client?.grantTypeAllowed('refresh_token') ? LIVES.withRefreshTokens : LIVES.without;
  const grant = new provider.Grant({ accountId: made.userId, clientId: made.clientId });
  Object.assign(grant, { expiresIn }); // the library's own, which its types leave out
  grant.addOIDCScope(made.granted.join(' '));
  if (made.rejected.length > 0) grant.rejectOIDCScope(made.rejected.join(' '));
  await grant.save();
  return grant;
}
