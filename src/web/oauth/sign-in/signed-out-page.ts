import { html } from 'ghtml';
import type { Page } from '../../../platform/http/pages/page.ts';
import { ACCOUNT_SIGN_IN } from './user-guard.ts';

/** The address of the page below. */
export const SIGNED_OUT = '/signed-out';

export const signedOutPage = (brand: string): Page => ({
  title: 'Signed out',
  body: html`
    <p>You are signed out of ${brand} in this browser.</p>
    <p>Applications that you allowed still have access. You can remove it in <a href="/account/applications">My account</a>.</p>
    <p><a class="button quiet" href="${ACCOUNT_SIGN_IN}">Sign in again</a></p>`,
});
