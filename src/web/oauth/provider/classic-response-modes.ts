import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';

type ResponseParameters = Record<string, string>;

/**
 * The responses of the flows of 2012: 303 with the code in the query or the token in the fragment, and without `iss`. The provider
 * has validated the request before it calls a response mode. The implicit flow's token is created here, because the provider's
 * own implicit flow is disabled.
 */
export function registerClassicResponseModes(provider: Provider): void {
  provider.registerResponseMode('classic.code', async (ctx, redirectUri, response) => {
    if (!('error' in response)) requireClassic(ctx);
    redirect(ctx, `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters(response)}`);
  });

  provider.registerResponseMode('classic.token', async (ctx, redirectUri, response) => {
    if ('error' in response) return redirect(ctx, `${redirectUri}#${parameters(response)}`);
    requireClassic(ctx);
    const { state } = response as ResponseParameters;
    const token = { ...(await issueToken(ctx)), ...(state !== undefined && { state }) };
    redirect(ctx, `${redirectUri}#${new URLSearchParams(token)}`);
  });
}

/** A safeguard: registration does not allow other clients these response modes. */
function requireClassic({ oidc: { client } }: KoaContextWithOIDC): void {
  if (client?.['classic'] !== true) throw new Error('response mode is only for classic clients');
}

async function issueToken(ctx: KoaContextWithOIDC): Promise<ResponseParameters> {
  const { provider, client, grant, session, requestParamOIDCScopes } = ctx.oidc;
  if (!client || !grant || !session?.accountId)
    throw new Error('response mode called without an authorization');
  const token = new provider.AccessToken({
    accountId: session.accountId,
    client,
    grantId: grant.jti,
    gty: 'implicit',
    scope: grant.getOIDCScopeFiltered(requestParamOIDCScopes),
    sessionUid: session.uid,
  });
  return { access_token: await token.save(), token_type: 'Bearer', expires_in: String(token.expiration) };
}

function parameters(response: object): string {
  const { iss: _, ...rest } = response as ResponseParameters;
  return new URLSearchParams(rest).toString();
}

function redirect(ctx: KoaContextWithOIDC, location: string): void {
  ctx.redirect(location);
  ctx.status = 303;
  ctx.body = ''; // the library's body would repeat the URL with the code or token
}
