import assert from 'node:assert/strict';
import * as oauth from 'openid-client';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import type { TestApp } from '../../harness/app.ts';
import type { Browser } from '../../harness/browser.ts';
import { authorize, configure, type Person } from './modern-walk.ts';

/** What an application has after its user signed in. */
export interface SignedIn {
  readonly idToken: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs a person in with an application by OpenID Connect. */
export async function signInWith(
  app: TestApp,
  registered: RegisteredClient,
  person: Person,
  scope = 'openid call',
): Promise<SignedIn> {
  const config = await configure(app, registered, undefined, 'oidc');
  const { callback, verifier } = await authorize(config, person, { scope });
  const tokens = await oauth.authorizationCodeGrant(config, callback, {
    pkceCodeVerifier: verifier,
    idTokenExpected: true,
  });
  const { id_token: idToken, refresh_token: refreshToken } = tokens;
  assert.ok(idToken !== undefined && refreshToken !== undefined);
  return { idToken, refreshToken, claims: { ...tokens.claims() }, accessToken: tokens.access_token };
}

/** Whether My account opens without a sign-in. */
export async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.get('/account')).status === 200;
}
