import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { mayGrant } from '../../../core/grants/grant-service.ts';
import type { Account } from '../../../core/people/user-store.ts';
import {
  SCOPE_ADMIN,
  SCOPE_OFFLINE,
  SCOPE_OPENID,
  SCOPE_PHONE,
  SCOPE_PROFILE,
  scopes,
} from '../../../core/tokens/access-token.ts';

/** A user who can grant all that any user can. */
const FULLY_EQUIPPED: GrantingUser = { administrator: true, phoneNumber: 'any' };
/** The scopes that give an application something, if the right user grants them. */
const GRANTABLE = Object.keys(scopes).filter((scope) => isUseful(scope, FULLY_EQUIPPED));

/** Scopes for the ID token and the refresh token, whatever the API. */
const SCOPES_OF_NO_API: readonly string[] = [SCOPE_OPENID, SCOPE_PROFILE, SCOPE_PHONE, SCOPE_OFFLINE];

type GrantingUser = Pick<Account, 'administrator' | 'phoneNumber'>;

/**
 * Leaves out the scopes that mean nothing at the APIs that the request names (RFC 8707): the user is not asked for them, and no token
 * has them. The provider leaves out unknown scopes too, but only of requests that name no API.
 */
export function keepScopesOfRequestedApis({ oidc }: KoaContextWithOIDC): void {
  if (!oidc.params || Object.keys(oidc.resourceServers ?? {}).length === 0) return;
  oidc.params['scope'] = [...oidc.requestParamOIDCScopes]
    .filter((scope) => isOfRequestedApis(oidc, scope))
    .join(' ');
}

function isOfRequestedApis({ resourceServers }: KoaContextWithOIDC['oidc'], scope: string): boolean {
  const apis = Object.values(resourceServers ?? {});
  return apis.length === 0 || SCOPES_OF_NO_API.includes(scope) || apis.some((api) => api.scopes.has(scope));
}

/**
 * Refuses a request for nothing that a user can grant, before anyone signs in (RFC 6749 section 3.3). The provider ignores unknown
 * scopes beside known ones (OpenID Connect Core section 3.1.2.1).
 */
export function checkScopes({ oidc }: KoaContextWithOIDC): void {
  const useful = GRANTABLE.filter((scope) => isOfRequestedApis(oidc, scope));
  if (useful.some((scope) => oidc.requestParamOIDCScopes.has(scope))) return;
  throw new errors.CustomOIDCProviderError(
    'invalid_scope',
    `scope must contain at least one of: ${useful.join(' ')}`,
  );
}

/** The user who signed in can grant nothing of what was requested: `admin` without being an administrator, or `phone` without a number. */
export class NothingToGrant extends errors.AccessDenied {
  /** For the user. */
  readonly explanation: string;

  constructor(requested: ReadonlySet<string>) {
    const needsAdministrator = requested.has(SCOPE_ADMIN);
    super(
      needsAdministrator
        ? 'only an administrator can grant the scope admin'
        : 'the user has no number for the scope phone',
    );
    this.explanation = needsAdministrator
      ? 'Only an administrator can allow this.'
      : 'You have no phone number to share.';
  }
}

/** Responds to the application instead of showing a consent page with nothing to allow. */
export function requireGrantableScope(
  findAccount: (userId: string) => Promise<Account | undefined>,
): interactionPolicy.Check {
  return new interactionPolicy.Check(
    'grantable_scope_required',
    'the user can grant none of the requested scopes',
    'access_denied',
    async ({ oidc: { requestParamOIDCScopes: requested, session } }) => {
      const mayUse = (account?: Account) => [...requested].some((scope) => isUseful(scope, account));
      if (!mayUse() && !mayUse(await findAccount(session?.accountId ?? '')))
        throw new NothingToGrant(requested);
      return interactionPolicy.Check.NO_NEED_TO_PROMPT;
    },
  );
}

/** Access while the user is away is of no use without another scope. */
function isUseful(scope: string, user?: GrantingUser): boolean {
  return scope !== SCOPE_OFFLINE && mayGrant(user, scope);
}
