// configuration
import * as oauth from 'oauth4webapi';
import { CLIENT_ID, CLIENT_SECRET, call, ISSUER, REDIRECT_URI, report, statusOf, visit } from './room.mjs';

const options = { [oauth.allowInsecureRequests]: true }; // only for http:
const issuer = new URL(ISSUER);
const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
const client = { client_id: CLIENT_ID };
const authentication = oauth.ClientSecretBasic(CLIENT_SECRET);
const verifier = oauth.generateRandomCodeVerifier();
const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
const url = new URL(server.authorization_endpoint);
url.search = new URLSearchParams({
  client_id: CLIENT_ID,
  redirect_uri: REDIRECT_URI,
  response_type: 'code',
  scope: 'openid profile call',
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
  nonce,
});
// end

const parameters = oauth.validateAuthResponse(server, client, await visit(url), state);
const tokens = await oauth.processAuthorizationCodeResponse(
  server,
  client,
  await oauth.authorizationCodeGrantRequest(
    server,
    client,
    authentication,
    parameters,
    REDIRECT_URI,
    verifier,
    options,
  ),
  { expectedNonce: nonce, requireIdToken: true },
);
const claims = oauth.getValidatedIdTokenClaims(tokens);
const userinfo = await oauth.processUserInfoResponse(
  server,
  client,
  claims.sub,
  await oauth.userInfoRequest(server, client, tokens.access_token, options),
);
const renewed = await oauth.processRefreshTokenResponse(
  server,
  client,
  await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options),
);
const introspection = await oauth.processIntrospectionResponse(
  server,
  client,
  await oauth.introspectionRequest(server, client, authentication, renewed.access_token, options),
);
const opened = await call(renewed.access_token);
const revocation = await oauth.revocationRequest(
  server,
  client,
  authentication,
  tokens.refresh_token,
  options,
);
await oauth.processRevocationResponse(revocation);
report({
  claims,
  userinfo,
  refreshed: renewed.access_token !== tokens.access_token,
  introspection,
  call: opened,
  status_after_revocation: await statusOf(renewed.access_token),
});
