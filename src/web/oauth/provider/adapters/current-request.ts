import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

/** The request that the provider is handling; undefined outside of requests. Its types do not declare `Provider.ctx`. */
export function currentRequest(): KoaContextWithOIDC | undefined {
  return (Provider as unknown as { ctx: KoaContextWithOIDC | undefined }).ctx;
}
