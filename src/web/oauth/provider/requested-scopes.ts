import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { mayGrant } from '../../../core/grants/grant-service.ts';
import type { Account } from '../../../core/people/user-store.ts';
import { SCOPE_OFFLINE, scopes } from '../../../core/tokens/access-token.ts';

/** The scopes that give an application something, if the right user grants them. */
const GRANTABLE = Object.keys(scopes).filter((scope) => isUseful(scope, { administrator: true }));

/**
 * Refuses a request for nothing that a user can grant, before anyone signs in (RFC 6749 section 3.3). The provider ignores unknown
 * scopes beside known ones (OpenID Connect Core section 3.1.2.1).
 */
export function checkScopes({ oidc: { requestParamOIDCScopes: requested } }: KoaContextWithOIDC): void {
  if (GRANTABLE.some((scope) => requested.has(scope))) return;
  throw new errors.CustomOIDCProviderError(
    'invalid_scope',
    `scope must contain at least one of: ${GRANTABLE.join(' ')}`,
  );
}

/** Only `admin` was requested, and the user who signed in is no administrator. */
export class AdministratorsOnly extends errors.AccessDenied {
  constructor() {
    super('only an administrator can grant the scope admin');
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
      if (!mayUse() && !mayUse(await findAccount(session?.accountId ?? ''))) throw new AdministratorsOnly();
      return interactionPolicy.Check.NO_NEED_TO_PROMPT;
    },
  );
}

/** Access while the user is away is of no use without another scope. */
function isUseful(scope: string, user?: { readonly administrator: boolean }): boolean {
  return scope !== SCOPE_OFFLINE && mayGrant(user, scope);
}
