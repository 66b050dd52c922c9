import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

/** The request that the provider is answering; none when it is asked in process. The library's own, which its types leave out. */
export function currentRequest(): KoaContextWithOIDC | undefined {
  return (Provider as unknown as { ctx: KoaContextWithOIDC | undefined }).ctx;
}
