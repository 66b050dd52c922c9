// configuration
import * as client from 'openid-client';
import {
  CALL,
  CALLS,
  CLIENT_ID,
  CLIENT_SECRET,
  ISSUER,
  REDIRECT_URI,
  report,
  statusOf,
  visit,
} from './room.mjs';

const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, {
  execute: [client.allowInsecureRequests], // only for http:
});
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedNonce = client.randomNonce();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile call',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  nonce: expectedNonce,
});
// end

const tokens = await client.authorizationCodeGrant(config, await visit(url), {
  pkceCodeVerifier,
  expectedNonce,
});
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
const introspection = await client.tokenIntrospection(config, renewed.access_token);
const headers = new Headers({ 'content-type': 'application/json' });
const calls = new URL(CALLS);
const opened = await client.fetchProtectedResource(
  config,
  renewed.access_token,
  calls,
  'POST',
  JSON.stringify(CALL),
  headers,
);
const logout = {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: new URL('/signed-out', REDIRECT_URI).href,
};
const returnedTo = await visit(client.buildEndSessionUrl(config, logout));
await client.tokenRevocation(config, tokens.refresh_token);
report({
  claims,
  userinfo,
  refreshed: renewed.access_token !== tokens.access_token,
  introspection,
  call: await opened.json(),
  returned_to: returnedTo,
  status_after_revocation: await statusOf(renewed.access_token),
});
