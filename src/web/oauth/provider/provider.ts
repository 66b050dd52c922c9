import type { FastifyBaseLogger } from 'fastify';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { clientSecretMatches } from '../../../core/clients/client-secret.ts';
import { RESPONSE_MODES } from '../../../core/clients/registration.ts';
import { DATABASE_RETRY_AFTER } from '../../../platform/database/database-errors.ts';
import { POLL_INTERVAL } from './adapters/device-code-adapter.ts';
import { recordResponses } from './authorization-responses.ts';
import { registerClassicResponseModes } from './classic-response-modes.ts';
import { refuseForbiddenRedirectUris } from './forbidden-redirect-uris.ts';
import { leaveLogoutTokensToTheQueue } from './logout-message.ts';
import { ignoreLoopbackPorts } from './loopback-redirect-uris.ts';
import { type ProviderDeps, providerConfiguration } from './provider-configuration.ts';
import { checkResourceOfTokenRequests, grantScopesForEveryApi } from './resource-indicators.ts';
import { saveSessionsInPlace } from './session-saving.ts';

/** The page on which users enter the code that their device shows. */
const DEVICE_PAGE = '/oauth/device';
/** An interaction can be answered for an hour; the server knows it for an hour more. */
const FORMER_INTERACTION_MS = 2 * 3600 * 1000;
const DEVICE_AUTHORIZATION = '/oauth/device_authorization';

/** The authorization server: oidc-provider, an OpenID-certified library, with our configuration. */
export function createProvider(issuer: string, deps: ProviderDeps, log: FastifyBaseLogger): Provider {
  const provider = new Provider(issuer, providerConfiguration(deps));
  // pass-to-provider.ts sets the X-Forwarded-* headers.
  provider.proxy = true;
  // Clients are stored with the hash of their secret.
  provider.Client.prototype.compareClientSecret = function compareClientSecret(secret: string) {
    return this.clientSecret !== undefined && clientSecretMatches(this.clientSecret, secret);
  };
  ignoreLoopbackPorts(provider);
  refuseForbiddenRedirectUris(provider, deps.redirectUriPolicy);
  registerClassicResponseModes(provider);
  deps.documents.explainRefusals(provider);
  grantScopesForEveryApi(provider);
  checkResourceOfTokenRequests(provider, deps.apis);
  saveSessionsInPlace(provider, deps.updateSession);
  leaveLogoutTokensToTheQueue(provider);
  keepInteractionCookies(provider);
  recordResponses(provider, deps.recordResponse);
  provider.use(omitTypeOfNothing);
  provider.use(hideClassicModes);
  provider.use(addRetryAfter);
  provider.use(addPollingInterval);
  provider.use((ctx, next) => restartDeviceFlow(provider, ctx, next));
  provider.on('server_error', (_ctx, error) => log.error({ err: error }, 'oauth: request failed'));
  return provider;
}

/** Keeps the cookie of an interaction for as long as the server knows the interaction: its page then offers a way on. */
function keepInteractionCookies(provider: Provider): void {
  provider.on('interaction.started', ({ cookies, oidc }) => {
    const { uid } = oidc.entities.Interaction ?? {};
    if (uid === undefined) return;
    const options = {
      path: `/interaction/${uid}`,
      httpOnly: true,
      sameSite: 'lax',
      overwrite: true,
    } as const;
    cookies.set(provider.cookieName('interaction'), uid, { ...options, maxAge: FORMER_INTERACTION_MS });
  });
}

/** An empty body has no content type. The library calls it text, which clients that expect JSON refuse (RFC 7009 section 2.2). */
async function omitTypeOfNothing(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.body === '') ctx.remove('Content-Type');
}

/** Only this server uses the response type `none` and the classic modes, so the metadata does not list them. */
async function hideClassicModes(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (!ctx.path.startsWith('/.well-known/') || ctx.status !== 200) return;
  ctx.body = {
    ...(ctx.body as object),
    response_types_supported: ['code'],
    response_modes_supported: RESPONSE_MODES,
  };
}

async function addRetryAfter(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.status === 503 && !ctx.res.hasHeader('Retry-After'))
    ctx.set('Retry-After', String(DATABASE_RETRY_AFTER));
}

/** RFC 8628 section 3.2: the library's answer has no interval. */
async function addPollingInterval(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.path === DEVICE_AUTHORIZATION && ctx.status === 200)
    ctx.body = { ...(ctx.body as object), interval: POLL_INTERVAL };
}

/**
 * Sends a browser that opens a later step of the device flow without a session cookie back to the first page. The library would
 * show the form for a session that it never saved, and then fail.
 */
async function restartDeviceFlow(
  provider: Provider,
  ctx: Pick<KoaContextWithOIDC, 'path' | 'method' | 'cookies' | 'redirect' | 'status' | 'body'>,
  next: () => Promise<void>,
): Promise<void> {
  const isLaterStep =
    ctx.path.startsWith(`${DEVICE_PAGE}/`) || (ctx.path === DEVICE_PAGE && ctx.method === 'POST');
  if (!isLaterStep || ctx.cookies.get(provider.cookieName('session')) !== undefined) return next();
  ctx.redirect(DEVICE_PAGE);
  ctx.status = 303;
  ctx.body = '';
}
