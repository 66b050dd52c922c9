import { SCOPE_OPENID } from '../../core/tokens/access-token.ts';
import type { AccessTokenService } from '../../core/tokens/access-token-service.ts';
import { accessOf } from '../entry/bearer-token.ts';
import { surface } from '../surface.ts';
import { claimsOf } from './claims.ts';

export const USERINFO_PATH = '/oauth/userinfo';

interface UserInfoDeps {
  readonly accessTokens: Pick<AccessTokenService, 'findTokenUser'>;
}

/**
 * UserInfo (OpenID Connect Core section 5.3), which tells an application who has granted its token. It checks tokens as the APIs do,
 * in one statement. A form may carry the token, too (RFC 6750 section 2.2).
 */
export const userInfo = surface<UserInfoDeps>('userinfo', async (app, { accessTokens }) => {
  app.route({
    method: ['GET', 'POST'],
    url: USERINFO_PATH,
    config: { entry: 'token', errorStyle: 'oauth', scopes: [SCOPE_OPENID], tokenInForm: true },
    schema: { hide: true }, // the server's metadata describes it
    async handler(request) {
      const { userId, scopes, ...user } = await accessTokens.findTokenUser(accessOf(request));
      return claimsOf(userId, user, scopes);
    },
  });
});
