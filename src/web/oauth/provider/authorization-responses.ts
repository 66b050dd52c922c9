import type { KoaContextWithOIDC, Provider } from 'oidc-provider';

/**
 * Records each response to an authorization request that had interactions, also an error that the application gets. Going back to
 * a page of the request must not repeat it.
 * @param record gets what the interactions of the request share (`cid`)
 */
export function recordResponses(provider: Provider, record: (request: string) => Promise<void>): void {
  const responded = new WeakSet<object>();
  provider.on('authorization.success', (ctx) => responded.add(ctx));
  provider.on('authorization.error', (ctx, error) => {
    if ('allow_redirect' in error && error.allow_redirect === true) responded.add(ctx);
  });
  provider.use(async (ctx: KoaContextWithOIDC, next: () => Promise<void>) => {
    await next();
    const request = responded.has(ctx) ? ctx.oidc.entities.Interaction?.['cid'] : undefined;
    if (typeof request === 'string') await record(request);
  });
}
