import manifest from '../../package.json' with { type: 'json' };

/** What a client can do with the server, and the tests try. */
export type Flow =
  | 'sign-in'
  | 'UserInfo'
  | 'refresh'
  | 'introspection'
  | 'revocation'
  | 'call'
  | 'device'
  | 'popup'
  | 'silent renewal'
  | 'sign-out'
  | 'back-channel sign-out'
  | 'resource server'
  | 'loopback port';

/** A client that the tests run, and what the documentation says of it. */
export interface Card {
  readonly name: string;
  readonly language: string;
  readonly npm?: keyof typeof manifest.devDependencies;
  /** `version` is that of the authors, without Debian's additions. */
  readonly debian?: { readonly package: string; readonly version: string };
  /** Beside the defaults of `client add`. */
  readonly registration: string;
  /** What the table says beside the flows. */
  readonly note?: string;
  /** What to know of its configuration, and its faults. */
  readonly advice?: string;
  /** The file that has its configuration. */
  readonly program: string;
  readonly flows: readonly Flow[];
}

const SIGN_IN = ['sign-in', 'UserInfo', 'refresh', 'call'] as const;
const ALL = [...SIGN_IN, 'introspection', 'revocation'] as const;

/** By the name of the test file. */
export const cards = {
  'openid-client': {
    name: 'openid-client',
    language: 'JavaScript',
    npm: 'openid-client',
    registration:
      '--redirect-uri https://app.example/callback --post-logout-redirect-uri https://app.example/',
    program: 'openid-client.mjs',
    flows: [...ALL, 'sign-out'],
  },
  oauth4webapi: {
    name: 'oauth4webapi',
    language: 'JavaScript',
    npm: 'oauth4webapi',
    registration: '--redirect-uri https://app.example/callback',
    program: 'oauth4webapi.mjs',
    flows: ALL,
  },
  'oidc-client-ts': {
    name: 'oidc-client-ts',
    language: 'JavaScript',
    npm: 'oidc-client-ts',
    note: 'frames need the site of the server; refresh tokens do not',
    registration:
      '--public --redirect-uri https://app.example/callback --post-logout-redirect-uri https://app.example/',
    advice:
      'The redirect URI also serves popups and frames. `signinSilent()` uses the refresh token, which works everywhere. Without one, as after a reload of a page that keeps its tokens in memory, it opens a frame with `prompt=none`. That works while application and server are the same site, such as `app.example.com` and `calls.example.com`. On another site the browser sends no cookie of the server with a frame, and the error is `login_required`: sign in by redirect.',
    program: 'oidc-client-ts.js',
    flows: [...SIGN_IN, 'popup', 'silent renewal', 'revocation', 'sign-out'],
  },
  'auth-core': {
    name: 'Auth.js',
    language: 'JavaScript',
    npm: '@auth/core',
    registration: '--redirect-uri https://app.example/auth/callback/clicktocall',
    advice:
      'The redirect URI is `callback/` and the `id` of the provider, below `basePath`. Its sign-out ends its own session only: link to `/oauth/end_session` to end that of the server, too.',
    program: 'auth-core.mjs',
    flows: ['sign-in', 'call'],
  },
  'passport-openidconnect': {
    name: 'passport-openidconnect',
    language: 'JavaScript',
    npm: 'passport-openidconnect',
    note: 'has no PKCE: accept its nonce instead',
    registration:
      '--redirect-uri https://app.example/callback --post-logout-redirect-uri https://app.example/signed-out',
    advice:
      'It has no PKCE and no discovery. An administrator accepts its nonce instead (`client pkce ID optional`). `nonce: true` is then required: it is off by default. It does not verify the signature of ID tokens, so use `https:`.',
    program: 'passport.mjs',
    flows: ['sign-in', 'UserInfo', 'call', 'sign-out'],
  },
  'appauth-js': {
    name: 'AppAuth-JS',
    language: 'JavaScript',
    npm: '@openid/appauth',
    note: 'needs a bundler',
    registration: '--public --redirect-uri http://127.0.0.1/callback',
    advice:
      'For installed applications: it listens on a port of 127.0.0.1, which need not be registered. It is written for bundlers: Node.js cannot import it as it is. Below, `appauth` is `@openid/appauth`, and `node` is its `built/src/node_support`. It reads no ID tokens, so ask UserInfo who the person is.',
    program: 'appauth.mjs',
    flows: [...SIGN_IN, 'revocation'],
  },
  authlib: {
    name: 'Authlib',
    language: 'Python',
    debian: { package: 'python3-authlib', version: '1.2.0' },
    note: 'keep the scope of the token response',
    registration: '--redirect-uri https://app.example/callback',
    advice:
      'At each refresh it requests the `scope` of the session again. If the person allowed less, that is `invalid_scope` (RFC 6749 section 6): after sign-in, set `session.scope = token["scope"]`.',
    program: 'authlib_app.py',
    flows: ALL,
  },
  'requests-oauthlib': {
    name: 'requests-oauthlib',
    language: 'Python',
    debian: { package: 'python3-requests-oauthlib', version: '1.3.0' },
    note: 'no OpenID Connect; keep the scope of the token response',
    registration: '--redirect-uri https://app.example/callback',
    advice:
      'It knows OAuth only: ask UserInfo who the person is. Without `OAUTHLIB_RELAX_TOKEN_SCOPE`, it raises an exception if the person allows less than requested. Refresh with `session.scope = session.token["scope"]`, as for Authlib.',
    program: 'requests_oauthlib_app.py',
    flows: SIGN_IN,
  },
  'python-social-auth': {
    name: 'python-social-auth',
    language: 'Python',
    debian: { package: 'python3-social-auth-core', version: '4.3.0' },
    note: 'has no PKCE: accept its nonce instead',
    registration: '--redirect-uri https://app.example/complete/oidc/',
    advice:
      'Its OpenID Connect backend has no PKCE. An administrator accepts its nonce instead (`client pkce ID optional`); it always sends and checks one. It requests the scope `email`, which the server ignores.',
    program: 'social_core_app.py',
    flows: SIGN_IN,
  },
  openid_connect: {
    name: 'openid_connect',
    language: 'Ruby',
    debian: { package: 'ruby-openid-connect', version: '1.2.0' },
    registration: '--redirect-uri https://app.example/callback',
    program: 'openid_connect.rb',
    flows: SIGN_IN,
  },
  omniauth: {
    name: 'omniauth_openid_connect',
    language: 'Ruby',
    debian: { package: 'ruby-omniauth-openid-connect', version: '0.10.0' },
    note: 'has no PKCE: accept its nonce instead',
    registration: '--redirect-uri https://app.example/auth/openid_connect/callback',
    advice:
      'Tried with the fork of GitLab, which is in Debian and has no PKCE. An administrator accepts its nonce instead (`client pkce ID optional`). Its sign-out at `/auth/openid_connect/logout` sends neither `id_token_hint` nor `client_id`, so the person does not return to the application: link to `/oauth/end_session?client_id=…&post_logout_redirect_uri=…` instead.',
    program: 'omniauth.rb',
    flows: ['sign-in', 'UserInfo', 'call', 'sign-out'],
  },
  'go-oauth2': {
    name: 'golang.org/x/oauth2',
    language: 'Go',
    debian: { package: 'golang-golang-x-oauth2-dev', version: '0.3.0' },
    note: 'no OpenID Connect',
    registration: '--redirect-uri https://app.example/callback',
    advice:
      'Newer versions than this one make verifier and challenge themselves: `GenerateVerifier`, `S256ChallengeOption`.',
    program: 'go/oauth2/main.go',
    flows: SIGN_IN,
  },
  'go-oidc': {
    name: 'go-oidc',
    language: 'Go',
    debian: { package: 'golang-github-coreos-go-oidc-dev', version: '2.1.0' },
    registration: '--redirect-uri https://app.example/callback',
    program: 'go/oidc/main.go',
    flows: SIGN_IN,
  },
  'cli-oauth': {
    name: 'cli/oauth',
    language: 'Go',
    debian: { package: 'golang-github-cli-oauth-dev', version: '1.0.1' },
    registration: '--public --redirect-uri http://127.0.0.1/callback',
    advice: 'The device flow. If the server answers `slow_down`, it gives up.',
    program: 'go/device/main.go',
    flows: ['device', 'call'],
  },
  'git-credential-oauth': {
    name: 'git-credential-oauth',
    language: 'Go',
    debian: { package: 'git-credential-oauth', version: '0.4.2' },
    note: '**fails before version 0.11**: it breaks RFC 7636',
    registration: '--public --redirect-uri http://127.0.0.1',
    advice:
      '**Use version 0.11 or newer.** Older ones fail: their `code_verifier` has `=` at its end, and often `+` or `/`, which RFC 7636 section 4.1 does not allow. The server refuses it with `invalid_request`.',
    program: 'git-credential-oauth.gitconfig',
    flows: ['loopback port'],
  },
  mod_auth_openidc: {
    name: 'mod_auth_openidc',
    language: 'Apache',
    debian: { package: 'libapache2-mod-auth-openidc', version: '2.4.12.3' },
    registration:
      '--redirect-uri https://app.example/callback --post-logout-redirect-uri https://app.example/signed-out --backchannel-logout-uri https://app.example/callback?logout=backchannel --backchannel-logout-session-required',
    advice:
      'The application gets the user name as `REMOTE_USER`, the claims as `OIDC_CLAIM_…` and the token as `OIDC_access_token`. A link to `/callback?logout=https%3A%2F%2Fapp.example%2Fsigned-out` signs out, of the server too.',
    program: 'mod_auth_openidc.conf',
    flows: ['sign-in', 'call', 'sign-out', 'back-channel sign-out'],
  },
  mod_oauth2: {
    name: 'mod_oauth2',
    language: 'Apache',
    debian: { package: 'libapache2-mod-oauth2', version: '3.3.1' },
    note: 'cannot require one scope of several',
    registration: '--redirect-uri https://app.example/callback',
    advice:
      'Protects an API of your own. It compares `scope` as a whole, so `Require` cannot ask for one scope of several: require the client, and let the application read `OAUTH2_CLAIM_scope`.',
    program: 'mod_oauth2.conf',
    flows: ['resource server'],
  },
} as const satisfies Record<string, Card>;

/** @returns the version that the tests run */
export function versionOf({ npm, debian }: Card): string {
  return npm === undefined ? (debian?.version ?? '') : manifest.devDependencies[npm];
}
