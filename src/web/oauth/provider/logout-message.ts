import type Provider from 'oidc-provider';
import type { LogoutMessage, LogoutNotice } from '../../../core/back-channel-logout/logout-notices.ts';
import { ClientDocumentRefused } from './client-document-errors.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * Signs a logout token, which is valid for two minutes (OpenID Connect Back-Channel Logout 1.0 section 2.4). It has a `sid` if
 * the client's ID tokens have one. Otherwise the client ends all of the user's sessions.
 * @returns undefined for a client that was removed, or has no address for logout tokens, or whose document is refused
 */
export async function createLogoutMessage(
  provider: Provider,
  { clientId, userId, sid }: Pick<LogoutNotice, 'clientId' | 'userId' | 'sid'>,
): Promise<LogoutMessage | undefined> {
  const client = await provider.Client.find(clientId).catch(ignoreRefusal);
  if (client?.backchannelLogoutUri === undefined) return undefined;
  const token = new provider.IdToken({ sub: userId }, { client });
  token.set('sub', userId);
  token.set('events', { [EVENT]: {} });
  token.set('jti', crypto.randomUUID());
  if (client.includeSid()) token.set('sid', sid);
  return { url: client.backchannelLogoutUri, token: await token.issue({ use: 'logout' }) };
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof ClientDocumentRefused)) throw error;
}

/** The library would send logout tokens during the request, without our protection. Here the end of the session queues them. */
export function leaveLogoutTokensToTheQueue({ Client }: Provider): void {
  Object.assign(Client.prototype, { backchannelLogout: async () => {} });
}
