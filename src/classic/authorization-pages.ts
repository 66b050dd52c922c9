import type { Page } from '../http/pages/page.ts';
import { consentPage } from '../oauth/consent/consent-page.ts';
import { signInPage } from '../oauth/sign-in/sign-in-page.ts';
import { type AuthorizationRequest, type CheckedClient, carriedParameters } from './authorization-request.ts';

/** @param wrong what was wrong with the attempt before */
export function classicSignInPage(asked: AuthorizationRequest, client: CheckedClient, wrong?: string): Page {
  return signInPage({ ...asking(asked, client), action: '/auth/login', wrong });
}

export function classicConsentPage(
  asked: AuthorizationRequest,
  client: CheckedClient,
  who: { readonly userName: string; readonly scopes: readonly string[] },
): Page {
  return consentPage({ ...asking(asked, client), action: '/auth/grant', ...who });
}

function asking(asked: AuthorizationRequest, client: CheckedClient) {
  return { hidden: carriedParameters(asked), clientName: client.name, redirectUri: asked.redirect_uri };
}
