import {
  type AccessToken,
  type Adapter,
  type Client,
  type ClientCredentials,
  type Configuration,
  errors,
  interactionPolicy,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import type { RedirectUriPolicy } from '../../../core/clients/redirect-uris.ts';
import { RESPONSE_MODES } from '../../../core/clients/registration.ts';
import type { Keys } from '../../../core/signing-keys/signing-keys.ts';
import { DPOP_ALGORITHMS, SCOPE_ADMIN, SCOPE_OFFLINE, scopes } from '../../../core/tokens/access-token.ts';
import type { PublishedApi } from '../../entry/protected-api.ts';
import { CLAIMS_OF_SCOPES, claimsOf } from '../claims.ts';
import { loadProviderGrant, type ProviderGrantDeps } from '../consent/load-grant.ts';
import { USERINFO_PATH } from '../userinfo-routes.ts';
import { currentRequest } from './adapters/current-request.ts';
import type { SessionUpdate } from './adapters/session-adapter.ts';
import { checkClientAssertion } from './client-assertion.ts';
import type { ClientDocuments } from './client-documents.ts';
import { deviceFlowPages } from './device-pages.ts';
import { checkParameterSizes } from './parameter-sizes.ts';
import { createErrorRenderer, type FindFormerInteraction } from './provider-error-page.ts';
import { checkScopes, keepScopesOfRequestedApis, requireGrantableScope } from './requested-scopes.ts';
import { resourceIndicators } from './resource-indicators.ts';
import { createSelfRegistrationCheck, OWN_METADATA } from './self-registration.ts';

const MINUTE = 60;
const DAY = 24 * 3600;

export const END_SESSION = '/oauth/end_session';

/** How long a browser stays signed in. */
export const SESSION_SECONDS = DAY;

export interface ProviderDeps extends ProviderGrantDeps {
  readonly adapter: (model: string) => Adapter;
  readonly keys: Keys;
  readonly redirectUriPolicy: RedirectUriPolicy;
  readonly documents: Pick<ClientDocuments, 'configuration' | 'explainRefusals'>;
  /** Private hosts to which logout tokens may be sent, as `host` or `host:port`. */
  readonly allowHosts: readonly string[];
  readonly apis: readonly PublishedApi[];
  /** Whether the user must choose a new password before signing in anywhere but in the classic flow. */
  mustChangePassword(userId: string): Promise<boolean>;
  readonly findFormerInteraction: FindFormerInteraction;
  /** Records that an application got its response. @param request what the interactions of the request share (`cid`) */
  recordResponse(request: string): Promise<void>;
  updateSession(update: SessionUpdate): Promise<void>;
}

/** The configuration of the provider. What is missing here has the provider's default. */
export function providerConfiguration(deps: ProviderDeps): Configuration {
  const { session, interaction, resume } = deps.cookieNames;
  return {
    adapter: deps.adapter,
    jwks: deps.keys.jwks,
    // RFC 9728 section 4.
    discovery: { protected_resources: deps.apis.map(({ resource }) => resource) },
    cookies: {
      keys: deps.keys.cookieKeys,
      names: { session, interaction, resume },
    },
    scopes: Object.keys(scopes),
    claims: CLAIMS_OF_SCOPES,
    // ID tokens repeat what UserInfo says, because many relying parties read nothing else (docs/adr/0032).
    conformIdTokenClaims: false,
    subjectTypes: ['public'],
    responseTypes: ['code', 'none'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    clientDefaults: { response_modes: [...RESPONSE_MODES] },
    enabledJWA: {
      idTokenSigningAlgValues: ['RS256', 'ES256'],
      clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'],
      dPoPSigningAlgValues: DPOP_ALGORITHMS as ['ES256', 'EdDSA', 'RS256', 'PS256'],
    },
    extraClientMetadata: {
      properties: OWN_METADATA,
      validator: createSelfRegistrationCheck(deps.redirectUriPolicy, deps.allowHosts),
    },
    // The library calls this for every request, after it has checked all parameters, also without a state.
    extraParams: {
      state(ctx) {
        checkParameterSizes(ctx);
        keepScopesOfRequestedApis(ctx);
        checkScopes(ctx);
      },
    },
    assertJwtClientAuthClaimsAndHeader: async (...assertion) => checkClientAssertion(...assertion),
    pkce: { required: isPkceRequired },

    async findAccount(_ctx, id) {
      const account = await deps.findAccount(id);
      return (
        account && { accountId: id, claims: async (_use, scope) => claimsOf(id, account, scope.split(' ')) }
      );
    },
    loadExistingGrant: (ctx) => loadProviderGrant(ctx, deps),
    extraTokenClaims: (_ctx, token) => checkScope(token),
    issueRefreshToken: async (ctx, client) =>
      client.grantTypeAllowed('refresh_token') && !deniedOfflineAccess(ctx),
    rotateRefreshToken: ({ oidc }) => isRotationDue(oidc),
    expiresWithSession: async () => false,
    clientBasedCORS: (_ctx, origin, client) => (client['origins'] as string[]).includes(origin),

    ttl: {
      AccessToken: 3600,
      ClientCredentials: 3600,
      AuthorizationCode: MINUTE,
      DeviceCode: 10 * MINUTE,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 14 * DAY,
      Session: SESSION_SECONDS,
    },
    routes: {
      authorization: '/oauth/authorize',
      token: '/oauth/token',
      introspection: '/oauth/introspect',
      revocation: '/oauth/revoke',
      registration: '/oauth/register',
      device_authorization: '/oauth/device_authorization',
      code_verification: '/oauth/device',
      pushed_authorization_request: '/oauth/par',
      jwks: '/oauth/jwks',
      userinfo: USERINFO_PATH,
      end_session: END_SESSION,
    },
    interactions: { policy: signInPolicy(deps), url: (_ctx, { uid }) => `/interaction/${uid}` },
    renderError: createErrorRenderer(deps.findFormerInteraction),
    // Only for documents of clients, which say their keys by value, as clients that register do (self-registration.ts).
    fetch: deps.documents.configuration.fetch,
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: true }, // for its metadata; userinfo-routes.ts answers the requests
      rpInitiatedLogout: { enabled: true }, // for its metadata; end-session-routes.ts answers the requests
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      registration: { enabled: true, initialAccessToken: true, issueRegistrationAccessToken: false },
      deviceFlow: { enabled: true, ...deviceFlowPages },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      clientIdMetadataDocument: deps.documents.configuration.feature,
      resourceIndicators: resourceIndicators(deps.apis),
    },
  };
}

/**
 * The provider's policy, and two more checks. One more reason to ask for the password: the session began in the classic flow, which
 * accepts a password that must be changed. Requests of classic clients skip this check. Before consent: there must be something to
 * allow.
 */
function signInPolicy({ findAccount, mustChangePassword }: ProviderDeps): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  const check = new interactionPolicy.Check(
    'password_change_required',
    'the user must choose a new password',
    'login_required',
    async ({ oidc: { client, session } }) => {
      if (client?.['classic'] === true || session?.accountId === undefined) return false;
      return mustChangePassword(session.accountId);
    },
  );
  policy.get('login')?.checks.add(check);
  policy.get('consent')?.checks.add(requireGrantableScope(findAccount));
  return policy;
}

/**
 * Codes need PKCE against injection. For a client that an administrator has marked, a nonce is enough (RFC 9700 section 2.1.1):
 * the client compares it with that of the ID token. The provider accepts a nonce only with the scope `openid`.
 */
function isPkceRequired({ oidc }: KoaContextWithOIDC, client: Client): boolean {
  if (client['classic'] === true) return false;
  if (client['pkce_required'] !== false) return true;
  if (oidc.params?.['nonce'] === undefined) {
    throw new errors.InvalidRequest(
      'the request must have a code_challenge (PKCE), or a nonce with the scope openid',
    );
  }
  return false;
}

/** Whether the user cleared the scope for access while they are away. */
function deniedOfflineAccess({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.entities.Grant?.getRejectedOIDCScope().split(' ').includes(SCOPE_OFFLINE) === true;
}

/** In percent of its lifetime. */
const KEPT_PERCENT = 66;

/**
 * Public clients get a new refresh token each time (RFC 9700 section 4.14.2). A client that authenticates keeps its refresh token,
 * so that a lost response costs nothing, until the last third of its lifetime; so access lasts for as long as it is used.
 */
function isRotationDue({ client, entities }: KoaContextWithOIDC['oidc']): boolean {
  if (client?.clientAuthMethod === 'none') return true;
  return entities.RefreshToken === undefined || entities.RefreshToken.ttlPercentagePassed() > KEPT_PERCENT;
}

/**
 * No administrator stands behind a token from client credentials, which needs a scope of its API. A refresh needs a scope that still
 * holds. Adds no claims.
 */
function checkScope({ kind, scope = '', aud }: AccessToken | ClientCredentials): undefined {
  if (kind === 'ClientCredentials' && scope.split(' ').includes(SCOPE_ADMIN)) {
    throw new errors.InvalidScope('only an administrator can grant this scope', SCOPE_ADMIN);
  }
  const oidc = currentRequest()?.oidc;
  if (kind === 'ClientCredentials' && scope === '' && aud !== undefined && oidc?.requestParamScopes.size) {
    const requested = [...oidc.requestParamScopes].join(' ');
    throw new errors.InvalidScope(`none of the requested scopes is a scope of ${aud}`, requested);
  }
  if (kind === 'AccessToken' && scope === '' && oidc && hasLostAdministration(oidc)) {
    throw new errors.CustomOIDCProviderError(
      'invalid_grant',
      'the scope admin was granted with a password alone, and now needs a second factor: ask the administrator again',
    );
  }
}

/** Whether the refresh token of a request was granted the scope `admin`, which no longer holds (see token-reader.ts). */
function hasLostAdministration({ entities: { Grant, RefreshToken } }: KoaContextWithOIDC['oidc']): boolean {
  const isGranted = Grant?.getOIDCScope().split(' ').includes(SCOPE_ADMIN) === true;
  return isGranted && RefreshToken?.scopes.has(SCOPE_ADMIN) === false;
}
