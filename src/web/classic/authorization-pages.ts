import type { Page } from '../../platform/http/pages/page.ts';
import { consentPage } from '../oauth/consent/consent-page.ts';
import type { ConsentTerms } from '../oauth/consent/consent-terms.ts';
import { signInPage } from '../oauth/sign-in/sign-in-page.ts';
import { type AuthorizationRequest, type CheckedClient, carriedParameters } from './authorization-request.ts';

/** @param wrong what was wrong with the attempt before */
export function classicSignInPage(asked: AuthorizationRequest, client: CheckedClient, wrong?: string): Page {
  return signInPage({ ...carried(asked), clientName: client.name, action: '/auth/login', wrong });
}

export function classicConsentPage(
  asked: AuthorizationRequest,
  scopes: readonly string[],
  terms: ConsentTerms,
  wrong?: string,
): Page {
  return consentPage({
    ...carried(asked),
    action: '/auth/grant',
    field: 'allowed_scope',
    scopes,
    terms,
    wrong,
  });
}

function carried(asked: AuthorizationRequest) {
  return { hidden: carriedParameters(asked), redirectUri: asked.redirect_uri };
}
