import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { SCOPE_ADMIN } from './access-token.ts';
import type { ProviderParts } from './provider-configuration.ts';

/**
 * What the user has granted this client, as the provider wants it: one "Grant" for each authorization, so that a reused
 * code or refresh token ends that authorization's tokens and no others. `admin` is nobody's to grant but an
 * administrator's: for others it is rejected, and the authorization goes on without it.
 */
export async function loadGrant(
  ctx: KoaContextWithOIDC,
  parts: Pick<ProviderParts, 'findGrantedScopes' | 'findAccount'>,
): Promise<Grant | undefined> {
  const { client, session, provider, result, requestParamOIDCScopes } = ctx.oidc;
  const justGranted = result?.consent?.grantId;
  if (justGranted !== undefined) return provider.Grant.find(justGranted);
  if (!client || !session?.accountId) return undefined;

  const granted = await parts.findGrantedScopes(session.accountId, client.clientId);
  if (!granted) return undefined;
  const requested = [...requestParamOIDCScopes];
  const account = await parts.findAccount(session.accountId);
  return createGrant(provider, {
    userId: session.accountId,
    clientId: client.clientId,
    granted: requested.filter((scope) => granted.includes(scope) && mayGrant(account, scope)),
    rejected: requested.filter((scope) => !mayGrant(account, scope)),
  });
}

/** Whether the scope is this user's to grant. */
export function mayGrant(account: { administrator: boolean } | undefined, scope: string): boolean {
  return scope !== SCOPE_ADMIN || account?.administrator === true;
}

/** Saves it, too. */
export async function createGrant(
  provider: KoaContextWithOIDC['oidc']['provider'],
  made: { userId: string; clientId: string; granted: readonly string[]; rejected: readonly string[] },
): Promise<Grant> {
  const grant = new provider.Grant({ accountId: made.userId, clientId: made.clientId });
  grant.addOIDCScope(made.granted.join(' '));
  if (made.rejected.length > 0) grant.rejectOIDCScope(made.rejected.join(' '));
  await grant.save();
  return grant;
}
