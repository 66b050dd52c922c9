import { scopes } from '../../core/tokens/access-token.ts';
import type { Entry } from '../entry/request-context.ts';

type Requirements = readonly Readonly<Record<string, string[]>>[];

/** How a client gets and sends a token. The requirements below refer to these names. */
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
      description: 'An access token of this server, obtained with any OpenID Connect or OAuth 2.0 library.',
    },
    oauth2: {
      type: 'oauth2',
      description:
        'The same, with explicit URLs. The authorization code flow requires PKCE (S256). The metadata at openIdConnectUrl also describes the device flow, pushed authorization requests and DPoP.',
      flows: {
        authorizationCode: { ...flow, scopes },
        clientCredentials: { tokenUrl: flow.tokenUrl, scopes: applicationScopes },
      },
    },
    bearer: {
      type: 'http',
      scheme: 'bearer',
      description: 'An access token that you already have (RFC 6750); opaque, valid for one hour.',
    },
    notificationsBearerAuth: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: '{$request.body#/sinkCredential.credentialType}',
      description: 'The access token from `sinkCredential`, if the request had one.',
    },
    authenticationHeader: {
      type: 'apiKey',
      in: 'header',
      name: 'Authentication',
      description: 'As in the API of 2012: `Bearer`, a space and the access token.',
    },
    accessTokenInAddress: {
      type: 'apiKey',
      in: 'query',
      name: 'access_token',
      description:
        'As documented in 2012, only for tokens of classic clients: URLs end up in logs and histories.',
    },
  } as const;
}

/** A token with one of the scopes. */
export function requireScopes(...scopes: readonly string[]): Requirements {
  return [...scopes.flatMap((scope) => [{ openId: [scope] }, { oauth2: [scope] }]), { bearer: [] }];
}

/** Like `requireScopes`; the token may also be in the places documented in 2012. */
export function requireScopeAsIn2012(scope: string): Requirements {
  return [...requireScopes(scope), { authenticationHeader: [] }, { accessTokenInAddress: [] }];
}

/** The requirements of an entry. */
export function requirementsOf(entry: Entry, scopes: readonly string[]): Requirements {
  return entry === 'anyone' ? [] : requireScopes(...scopes);
}
