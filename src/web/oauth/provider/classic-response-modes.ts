import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';

type Answer = Record<string, string>;

/**
 * How the 2012 flows answer: 303, a query with the code or a fragment with the token, and nothing newer (`iss`). The
 * provider has validated the request when a response mode is called; the implicit flow's token is made here, since the
 * provider has no implicit flow that could be reached otherwise.
 */
export function registerClassicResponseModes(provider: Provider): void {
  provider.registerResponseMode('classic.code', async (ctx, redirectUri, answer) => {
    if (!('error' in answer)) requireClassic(ctx);
    redirect(ctx, `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters(answer)}`);
  });

  provider.registerResponseMode('classic.token', async (ctx, redirectUri, answer) => {
    if ('error' in answer) return redirect(ctx, `${redirectUri}#${parameters(answer)}`);
    requireClassic(ctx);
    const { state } = answer as Answer;
    const token = { ...(await issueToken(ctx)), ...(state !== undefined && { state }) };
    redirect(ctx, `${redirectUri}#${new URLSearchParams(token)}`);
  });
}

/** No registration leads another client here; should one ever, it gets nothing. */
function requireClassic({ oidc: { client } }: KoaContextWithOIDC): void {
  if (client?.['classic'] !== true) throw new Error('only for classic clients');
}

async function issueToken(ctx: KoaContextWithOIDC): Promise<Answer> {
  const { provider, client, grant, session, requestParamOIDCScopes } = ctx.oidc;
  if (!client || !grant || !session?.accountId) throw new Error('nothing was authorized');
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

function parameters(answer: object): string {
  const { iss: _, ...rest } = answer as Answer;
  return new URLSearchParams(rest).toString();
}

function redirect(ctx: KoaContextWithOIDC, location: string): void {
  ctx.redirect(location);
  ctx.status = 303;
  ctx.body = ''; // the library's own repeats the address, with what it carries
}
