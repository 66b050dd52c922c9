// configuration
const manager = new oidc.UserManager({
  authority: ISSUER,
  client_id: CLIENT_ID,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/`,
  scope: 'openid profile call',
});
if (location.pathname === '/callback') {
  manager.signinCallback().then((user) => {
    if (user) location.replace('/'); // in a popup or a frame there is none
  });
}
// end

/** Like a page that has just been opened: with the session of the server, but without a token. */
// biome-ignore lint/correctness/noUnusedVariables: the test calls it in the page
function renewInFrame() {
  const userStore = new oidc.WebStorageStateStore({ store: new oidc.InMemoryWebStorage() });
  return new oidc.UserManager({ ...manager.settings, userStore }).signinSilent();
}
