import type { FastifyBaseLogger } from 'fastify';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';
import { clientSecretMatches } from '../../../core/clients/client-secret.ts';
import { DATABASE_RETRY_AFTER } from '../../../platform/database/database-errors.ts';
import { registerClassicResponseModes } from './classic-response-modes.ts';
import { type ProviderDeps, providerConfiguration } from './provider-configuration.ts';

/** Where people enter the code that their device shows. */
const DEVICE = '/oauth/device';

/** The authorization server: an OpenID-certified library, configured. */
export function createProvider(issuer: string, parts: ProviderDeps, log: FastifyBaseLogger): Provider {
  const provider = new Provider(issuer, providerConfiguration(parts));
  // Requests reach it from Fastify, which says by X-Forwarded-* headers of its own how they came (provider-routes.ts).
  provider.proxy = true;
  // What a client is found with is its secret's hash.
  provider.Client.prototype.compareClientSecret = function compareClientSecret(secret: string) {
    return this.clientSecret !== undefined && clientSecretMatches(this.clientSecret, secret);
  };
  registerClassicResponseModes(provider);
  provider.use(advertiseWhatPeopleUse);
  provider.use(sayWhenToRetry);
  provider.use((ctx, next) => beginDeviceFlowAnew(provider, ctx, next));
  provider.on('server_error', (_ctx, error) => log.error({ err: error }, 'oauth: request failed'));
  return provider;
}

/** The response type `none` is only how the classic flows ask in process: no metadata speaks of it. */
async function advertiseWhatPeopleUse(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (!ctx.path.startsWith('/.well-known/') || ctx.status !== 200) return;
  ctx.body = {
    ...(ctx.body as object),
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
  };
}

async function sayWhenToRetry(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  if (ctx.status === 503) ctx.set('Retry-After', String(DATABASE_RETRY_AFTER));
}

/**
 * Whoever comes to a later step of the device flow without the cookie of the page on which it begins. The library would
 * show the form again, for a session that it never saved, and fail over that.
 */
async function beginDeviceFlowAnew(
  provider: Provider,
  ctx: Pick<KoaContextWithOIDC, 'path' | 'method' | 'cookies' | 'redirect' | 'status' | 'body'>,
  next: () => Promise<void>,
): Promise<void> {
  const isLaterStep = ctx.path.startsWith(`${DEVICE}/`) || (ctx.path === DEVICE && ctx.method === 'POST');
  if (!isLaterStep || ctx.cookies.get(provider.cookieName('session')) !== undefined) return next();
  ctx.redirect(DEVICE);
  ctx.status = 303;
  ctx.body = '';
}
