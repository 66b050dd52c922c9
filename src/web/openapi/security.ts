import { SCOPE_ADMIN, scopes } from '../../core/tokens/access-token.ts';
import type { Entry } from '../entry/request-context.ts';

type Requirements = readonly Readonly<Record<string, string[]>>[];

/** The ways in which a token is presented and got; the requirements below name them. */
export function securitySchemes(publicUrl: string) {
  const flow = {
    authorizationUrl: `${publicUrl}/oauth/authorize`,
    tokenUrl: `${publicUrl}/oauth/token`,
    refreshUrl: `${publicUrl}/oauth/token`,
  };
  const { admin: _, ...applicationScopes } = scopes;
  return {
    openId: {
      type: 'openIdConnect',
      openIdConnectUrl: `${publicUrl}/.well-known/openid-configuration`,
      description: 'An access token of this server, as any OpenID Connect or OAuth 2.0 library gets it.',
    },
    oauth2: {
      type: 'oauth2',
      description:
        'The same, with the addresses written out. Authorization code with PKCE (S256), always; a client may also use the device flow, pushed requests and DPoP, which the metadata at openIdConnectUrl describes.',
      flows: {
        authorizationCode: { ...flow, scopes },
        clientCredentials: { tokenUrl: flow.tokenUrl, scopes: applicationScopes },
      },
    },
    bearer: {
      type: 'http',
      scheme: 'bearer',
      description: 'An access token that is at hand already (RFC 6750); opaque, good for an hour.',
    },
    notificationsBearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: '{$request.body#/sinkCredential.credentialType}',
      description: 'What a sink gets: the token that came as `sinkCredential`, if one did.',
    },
    authenticationHeader: {
      type: 'apiKey',
      in: 'header',
      name: 'Authentication',
      description: 'As documented in 2012: `Bearer`, a space and the access token.',
    },
    accessTokenInAddress: {
      type: 'apiKey',
      in: 'query',
      name: 'access_token',
      description:
        'As documented in 2012, for tokens of classic clients alone: addresses end up in logs and histories.',
    },
  } as const;
}

/** Any one of the scopes is enough. */
export function tokenWithScopes(...oneOf: readonly string[]): Requirements {
  return [...oneOf.flatMap((scope) => [{ openId: [scope] }, { oauth2: [scope] }]), { bearer: [] }];
}

/** The ways documented in 2012 too. */
export function tokenAsIn2012(scope: string): Requirements {
  return [...tokenWithScopes(scope), { authenticationHeader: [] }, { accessTokenInAddress: [] }];
}

/** What a route's entry asks for. */
export function requirementsOf(entry: Entry, scopes: readonly string[]): Requirements {
  if (entry === 'anyone') return [];
  return tokenWithScopes(...(entry === 'administrator' ? [SCOPE_ADMIN] : scopes));
}
