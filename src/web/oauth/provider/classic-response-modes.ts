import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { CLASSIC_RESPONSE_MODES } from '../../../core/clients/registration.ts';
import { currentRequest } from './adapters/current-request.ts';
import { isInProcess } from './in-process-requests.ts';

type ResponseParameters = Record<string, string>;

/**
 * The responses of the flows of 2012: 303 with the code in the query or the token in the fragment, and without `iss`. They would
 * be the implicit flow and codes without PKCE, so only the routes of those flows may request them, in this process. The provider
 * has validated the request before it calls a response mode. The implicit flow's token is created here, because the provider's own
 * implicit flow is disabled.
 */
export function registerClassicResponseModes(provider: Provider): void {
  refuseFromOutside(provider);

  provider.registerResponseMode('classic.code', async (ctx, redirectUri, response) => {
    if (!isClassicFlow(ctx)) return redirectWithIssuer(ctx, redirectUri, response);
    redirect(ctx, withQuery(redirectUri, parameters(response)));
  });

  provider.registerResponseMode('classic.token', async (ctx, redirectUri, response) => {
    if (!isClassicFlow(ctx)) return redirectWithIssuer(ctx, redirectUri, response);
    if ('error' in response) return redirect(ctx, `${redirectUri}#${parameters(response)}`);
    const { state } = response as ResponseParameters;
    const token = { ...(await issueToken(ctx)), ...(state !== undefined && { state }) };
    redirect(ctx, `${redirectUri}#${new URLSearchParams(token)}`);
  });
}

/** The provider asks each client whether it may use a response mode, also for a pushed request. */
function refuseFromOutside({ Client }: Provider): void {
  const { responseModeAllowed } = Client.prototype;
  Client.prototype.responseModeAllowed = function responseModeAllowedHere(mode, ...others) {
    const request = currentRequest()?.req;
    if (isClassicMode(mode) && !(request && isInProcess(request))) return false;
    return responseModeAllowed.call(this, mode, ...others);
  };
}

/** A request of the classic flow, or the step after an interaction that such a request began. */
function isClassicFlow({ req, oidc }: KoaContextWithOIDC): boolean {
  return isInProcess(req) || isClassicMode(oidc.entities.Interaction?.params['response_mode']);
}

function isClassicMode(mode: unknown): boolean {
  const modes: readonly unknown[] = CLASSIC_RESPONSE_MODES;
  return modes.includes(mode);
}

/** Only errors: a request from outside gets no further than its refusal. RFC 9207 section 2 requires `iss`. */
function redirectWithIssuer(ctx: KoaContextWithOIDC, redirectUri: string, response: object): void {
  if (!('error' in response)) throw new Error('classic response mode used by a request from outside');
  redirect(ctx, withQuery(redirectUri, new URLSearchParams(response as ResponseParameters).toString()));
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
  // Otherwise the provider revokes the token when another user signs in with the same browser.
  session.authorizationFor(client.clientId).persistsLogout = true;
  return { access_token: await token.save(), token_type: 'Bearer', expires_in: String(token.expiration) };
}

function parameters(response: object): string {
  const { iss: _, ...rest } = response as ResponseParameters;
  return new URLSearchParams(rest).toString();
}

function withQuery(redirectUri: string, query: string): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`;
}

function redirect(ctx: KoaContextWithOIDC, location: string): void {
  ctx.redirect(location);
  ctx.status = 303;
  ctx.body = ''; // the library's body would repeat the URL with the code or token
}
