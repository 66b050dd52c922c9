/** An API that takes access tokens: a protected resource of OAuth (RFC 9728). */
export interface ProtectedApi {
  /** The path of its routes, such as `/api/v1`. */
  readonly path: string;
  /** For people. */
  readonly name: string;
  /** The scopes that its routes need. A token for this API has no others. */
  readonly scopes: readonly string[];
  /** Where a request may have the token (RFC 9728 section 2). */
  readonly bearerMethods: readonly ('header' | 'query')[];
}

/** An API at its public URL. */
export interface PublishedApi extends ProtectedApi {
  /** The resource identifier (RFC 9728 section 1.2), which applications send as `resource` (RFC 8707). */
  readonly resource: string;
  /** The path of its metadata. The well-known part comes before the path of the API (RFC 9728 section 3.1). */
  readonly metadataPath: string;
  readonly metadataUrl: string;
}

export function publishApis(publicUrl: string, apis: readonly ProtectedApi[]): readonly PublishedApi[] {
  return apis.map((api) => {
    const metadataPath = `/.well-known/oauth-protected-resource${api.path}`;
    return {
      ...api,
      resource: `${publicUrl}${api.path}`,
      metadataPath,
      metadataUrl: `${publicUrl}${metadataPath}`,
    };
  });
}

/** The API of a path below that of the API. */
export function findApi(apis: readonly PublishedApi[], path: string): PublishedApi | undefined {
  return apis.find((api) => path.startsWith(`${api.path}/`));
}
