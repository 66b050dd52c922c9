import type Provider from 'oidc-provider';
import { createProviderGrant } from '../../src/web/oauth/consent/load-grant.ts';

/** Tokens of one client, one of each kind per user. */
export interface IssuedTokens {
  readonly access: readonly string[];
  readonly refresh: readonly string[];
}

const SCOPE = 'call';

/** Issues tokens as after the consent of each user. */
export async function issueTokens(
  provider: Provider,
  clientId: string,
  userIds: readonly string[],
): Promise<IssuedTokens> {
  const client = await provider.Client.find(clientId);
  if (!client) throw new Error(`no client ${clientId}`);
  const issued = await Promise.all(
    userIds.map(async (accountId) => {
      const grant = await createProviderGrant(provider, {
        userId: accountId,
        client,
        granted: [SCOPE],
        rejected: [],
      });
      const common = { accountId, client, grantId: grant.jti, gty: 'authorization_code', scope: SCOPE };
      const access = await new provider.AccessToken(common).save();
      const refresh = await new provider.RefreshToken({ ...common, rotations: 0 }).save();
      return { access, refresh };
    }),
  );
  return { access: issued.map(({ access }) => access), refresh: issued.map(({ refresh }) => refresh) };
}
