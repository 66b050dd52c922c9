import { registerHooks } from 'node:module';
import { CLIENT_ID, call, ISSUER, REDIRECT_URI, report, statusOf } from './room.mjs';

/** AppAuth-JS is written for bundlers: its imports lack the ending of the file. */
registerHooks({
  resolve(specifier, context, next) {
    const isItsOwn = specifier.startsWith('.') && context.parentURL?.includes('@openid/appauth');
    return next(isItsOwn ? `${specifier}.js` : specifier, context);
  },
});
const appauth = await import('@openid/appauth');
const node = await import('@openid/appauth/built/src/node_support/index.js');

// configuration
const requestor = new node.NodeRequestor();
const server = await appauth.AuthorizationServiceConfiguration.fetchFromIssuer(ISSUER, requestor);
const request = new appauth.AuthorizationRequest(
  {
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile call',
    response_type: appauth.AuthorizationRequest.RESPONSE_TYPE_CODE,
  },
  new node.NodeCrypto(), // PKCE
);
const handler = new node.NodeBasedHandler(new URL(REDIRECT_URI).port);
// end

const notifier = new appauth.AuthorizationNotifier();
handler.setAuthorizationNotifier(notifier);
const answered = new Promise((resolve, reject) => {
  notifier.setAuthorizationListener((_request, response, error) =>
    error ? reject(error) : resolve(response),
  );
});
handler.performAuthorizationRequest(server, request);
const { code } = await answered;
const tokenHandler = new appauth.BaseTokenRequestHandler(requestor);
const ask = (parameters) =>
  tokenHandler.performTokenRequest(
    server,
    new appauth.TokenRequest({ client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, ...parameters }),
  );
const tokens = await ask({
  grant_type: appauth.GRANT_TYPE_AUTHORIZATION_CODE,
  code,
  extras: { code_verifier: request.internal.code_verifier },
});
const renewed = await ask({
  grant_type: appauth.GRANT_TYPE_REFRESH_TOKEN,
  refresh_token: tokens.refreshToken,
});
const authorization = `Bearer ${renewed.accessToken}`;
const userinfo = await (await fetch(server.userInfoEndpoint, { headers: { authorization } })).json();
const opened = await call(renewed.accessToken);
await tokenHandler.performRevokeTokenRequest(
  server,
  new appauth.RevokeTokenRequest({ client_id: CLIENT_ID, token: renewed.refreshToken }),
);
report({
  userinfo,
  refreshed: renewed.accessToken !== tokens.accessToken,
  call: opened,
  status_after_revocation: await statusOf(renewed.accessToken),
});
