import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient, bearer, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  callStatus,
  configure,
  obtainTokens,
  type Person,
  redeem,
  refresh,
  submit,
} from './modern-walk.ts';

const READ = 'click-to-dial:calls:read';
const CREATE = 'click-to-dial:calls:create';

const app = await startApp();
const root = await addPerson(app, 'root', { administrator: true });

function newClient(): Promise<oauth.Configuration> {
  return addModernClient(app).then((registered) => configure(app, registered));
}

async function rememberedScopes(config: oauth.Configuration, person: Person): Promise<string[] | undefined> {
  const [row] = await app.sql<{ scopes: string[] }>(
    'SELECT g.scopes FROM grants g JOIN users u ON u.id = g.user_id WHERE u.name = $1 AND g.client_id = $2',
    [person.name, config.clientMetadata().client_id],
  );
  return row?.scopes.toSorted();
}

/** The scopes of the consent page that an authorization leads to. */
async function askedScopes(config: oauth.Configuration, person: Person, scope: string): Promise<unknown> {
  const { url } = await authorizationUrl(config, { scope });
  const answer = await person.browser.follow(url.href);
  assert.equal(answer.json()['prompt'], 'consent', answer.location);
  return answer.json()['scopes'];
}

test('consent is remembered: the same request is not asked again', async () => {
  const config = await newClient();
  const anna = await addPerson(app, 'anna');
  const scope = `${READ} ${CREATE}`;
  assert.deepEqual((await authorize(config, anna, { scope })).prompts, ['login', 'consent']);
  assert.deepEqual(await rememberedScopes(config, anna), [CREATE, READ]);

  assert.deepEqual((await authorize(config, anna, { scope })).prompts, []);
  assert.deepEqual((await authorize(config, anna, { scope: READ })).prompts, []);
  const elsewhere = { ...anna, browser: new Browser(app.url) };
  assert.deepEqual((await authorize(config, elsewhere, { scope })).prompts, ['login']);
});

test('a request for more scopes asks again, and the grant then has both', async () => {
  const config = await newClient();
  const ben = await addPerson(app, 'ben');
  await authorize(config, ben, { scope: READ });

  const more = await authorize(config, ben, { scope: `${READ} ${CREATE}` });
  assert.deepEqual(more.prompts, ['consent']);
  assert.equal((await redeem(config, more)).scope, `${READ} ${CREATE}`);
  assert.deepEqual(await rememberedScopes(config, ben), [CREATE, READ]);
  assert.deepEqual((await authorize(config, ben, { scope: `${CREATE} ${READ}` })).prompts, []);
});

test('the consent page shows all that the client will be able to do, granted before or not', async () => {
  const config = await newClient();
  const carl = await addPerson(app, 'carl');
  await authorize(config, carl, { scope: READ });
  assert.deepEqual(await askedScopes(config, carl, `${READ} ${CREATE}`), [READ, CREATE]);
});

test('a token has only the requested scopes, even if more were granted before', async () => {
  const config = await newClient();
  const dora = await addPerson(app, 'dora');
  await obtainTokens(config, dora, 'call');
  assert.equal((await obtainTokens(config, dora, READ)).scope, READ);
});

test('consent is given to one client by one person', async () => {
  const [first, second] = [await newClient(), await newClient()];
  const [emma, fritz] = [await addPerson(app, 'emma'), await addPerson(app, 'fritz')];
  await authorize(first, emma);
  assert.deepEqual((await authorize(second, emma)).prompts, ['consent']);
  assert.deepEqual((await authorize(first, fritz)).prompts, ['login', 'consent']);
});

test('another user in the same browser is asked for consent', async () => {
  const config = await newClient();
  const [gerda, hans] = [await addPerson(app, 'gerda'), await addPerson(app, 'hans')];
  await authorize(config, gerda);

  const { url } = await authorizationUrl(config, { prompt: 'login' });
  const signIn = await gerda.browser.get(url.href);
  const credentials = { username: hans.name, password: PASSWORD };
  const signedIn = await gerda.browser.post(signIn.location, credentials);
  // A page that sends its form by itself and so ends the first person's session.
  const between = await gerda.browser.follow(signedIn.location);
  assert.match(between.headers.get('content-security-policy') ?? '', /script-src 'sha256-/);
  const ended = await submit(gerda, app.url, between.text, {});
  const consentPage = await gerda.browser.follow(ended.location);
  assert.equal(consentPage.json()['prompt'], 'consent', consentPage.text);
  assert.equal(await rememberedScopes(config, hans), undefined);
});

test('prompt=none shows no page, and returns the reason', async () => {
  const config = await newClient();
  const inge = await addPerson(app, 'inge');
  const quietly = async (parameters: Record<string, string> = {}) => {
    const { url } = await authorizationUrl(config, { prompt: 'none', ...parameters });
    return new URL((await inge.browser.get(url.href)).location).searchParams;
  };
  assert.equal((await quietly()).get('error'), 'login_required');
  await authorize(config, inge, { scope: READ });
  assert.equal((await quietly()).get('error'), 'consent_required');
  assert.ok((await quietly({ scope: READ })).has('code'));
});

test('an application with a scheme of its own is asked for each time, since another one may claim the scheme', async () => {
  const redirectUri = 'com.example.app:/callback';
  const registered = await app.clients.registerClient(
    { name: 'Installed', redirectUris: [redirectUri], public: true },
    COMMAND_LINE,
  );
  const config = await configure(app, registered);
  const lisa = await addPerson(app, 'lisa');
  const request = { redirect_uri: redirectUri };
  assert.deepEqual((await authorize(config, lisa, request)).prompts, ['login', 'consent']);
  assert.deepEqual((await authorize(config, lisa, request)).prompts, ['consent']);
  const { url } = await authorizationUrl(config, { ...request, prompt: 'none' });
  const { location } = await lisa.browser.get(url.href);
  assert.match(location, /^com\.example\.app:\/callback\?error=interaction_required/);
});

test('prompt=consent asks again', async () => {
  const config = await newClient();
  const jan = await addPerson(app, 'jan');
  await authorize(config, jan);
  assert.deepEqual((await authorize(config, jan, { prompt: 'consent' })).prompts, ['consent']);
});

test('denying remembers nothing, and keeps earlier grants', async () => {
  const config = await newClient();
  const kim = await addPerson(app, 'kim');
  const { access } = await obtainTokens(config, kim, 'call');
  const { url } = await authorizationUrl(config, { scope: CREATE });
  const consentPage = await kim.browser.get(url.href);
  const refused = await kim.browser.post(consentPage.location, { grant: 'false' });
  const { searchParams } = new URL((await kim.browser.follow(refused.location)).location);
  assert.equal(searchParams.get('error'), 'access_denied');
  assert.deepEqual(await rememberedScopes(config, kim), ['call']);
  assert.equal(await callStatus(app, access), 200);
});

test('an administrator can grant admin, and the token works in the admin API', async () => {
  const config = await newClient();
  const tokens = await obtainTokens(config, root, 'call admin');
  assert.equal(tokens.scope, 'call admin');
  assert.equal((await fetch(`${app.url}/admin/users`, { headers: bearer(tokens.access) })).status, 200);
});

test('admin is left out for other users: not shown, not remembered, not in the token', async () => {
  const config = await newClient();
  const lena = await addPerson(app, 'lena');
  await authorize(await newClient(), lena);
  assert.deepEqual(await askedScopes(config, lena, 'call admin'), ['call']);

  for (const prompts of [['consent'], []]) {
    const authorized = await authorize(config, lena, { scope: 'call admin' });
    assert.deepEqual(authorized.prompts, prompts);
    const tokens = await redeem(config, authorized);
    assert.equal(tokens.scope, 'call');
    const refreshed = await refresh(config, tokens.refresh);
    assert.equal(refreshed.scope, 'call');
    for (const { access } of [tokens, refreshed]) {
      const { scope } = await oauth.tokenIntrospection(config, access);
      assert.equal(scope, 'call');
      assert.equal((await fetch(`${app.url}/admin/users`, { headers: bearer(access) })).status, 403);
    }
  }
  assert.deepEqual(await rememberedScopes(config, lena), ['call']);
});

for (const [scope, description] of [
  ['admin', 'only an administrator can grant the scope admin'],
  ['admin offline_access', 'only an administrator can grant the scope admin'],
  ['phone', 'the user has no number for the scope phone'],
] as const) {
  test(`a request for ${scope} alone gets access_denied once another user has signed in, without a consent page`, async () => {
    const config = await newClient();
    const max = await addPerson(app, `max-${scope.replace(' ', '-')}`);
    const denied = {
      error: 'access_denied',
      error_description: description,
      state: 'abc',
      iss: app.url,
    };
    for (const [parameters, prompts] of [
      [{ prompt: 'consent' }, ['login']],
      [{}, []],
      [{ prompt: 'login' }, ['login']],
    ] as const) {
      const answer = await authorize(config, max, { scope, state: 'abc', ...parameters });
      assert.deepEqual(answer.prompts, prompts);
      assert.deepEqual(Object.fromEntries(answer.callback.searchParams), denied);
    }
    assert.equal(await rememberedScopes(config, max), undefined);
  });
}

test('an application that asks for admin alone can have an administrator sign in instead', async () => {
  const config = await newClient();
  const browser = await addPerson(app, 'maja');
  await authorize(config, browser, { scope: 'admin' });
  const { url } = await authorizationUrl(config, { scope: 'admin', prompt: 'login' });
  const page = await browser.browser.get(url.href);
  const signedIn = await browser.browser.post(page.location, { username: root.name, password: PASSWORD });
  const between = await browser.browser.follow(signedIn.location);
  const ended = await submit(browser, app.url, between.text, {});
  assert.deepEqual((await browser.browser.follow(ended.location)).json()['scopes'], ['admin']);
});

test('a former administrator who had granted admin alone gets access_denied', async () => {
  const config = await newClient();
  const nina = await addPerson(app, 'nina', { administrator: true });
  await obtainTokens(config, nina, 'admin');
  await app.sql(`UPDATE users SET administrator = false WHERE name = 'nina'`);
  const { callback, prompts } = await authorize(config, nina, { scope: 'admin' });
  assert.deepEqual(prompts, []);
  assert.equal(callback.searchParams.get('error'), 'access_denied');
});

test('a former administrator cannot use the admin API, with old or new tokens', async () => {
  const config = await newClient();
  const nora = await addPerson(app, 'nora', { administrator: true });
  const old = await obtainTokens(config, nora, 'call admin');
  await app.sql(`UPDATE users SET administrator = false WHERE name = 'nora'`);
  assert.equal((await fetch(`${app.url}/admin/users`, { headers: bearer(old.access) })).status, 403);
  assert.equal((await obtainTokens(config, nora, 'call admin')).scope, 'call');
});

test('unknown scopes beside known ones are ignored: not shown, not remembered, not in the token', async () => {
  const config = await newClient();
  const otto = await addPerson(app, 'otto');
  const scope = 'everything call email';
  await authorize(config, otto, { scope: CREATE });
  assert.deepEqual(await askedScopes(config, otto, scope), ['call']);
  assert.equal((await obtainTokens(config, otto, scope)).scope, 'call');
  assert.deepEqual(await rememberedScopes(config, otto), ['call', CREATE]);
});

suite('a request without a scope that a user can grant is invalid_scope before anyone signs in', async () => {
  const registered = await addModernClient(app);
  const config = await configure(app, registered);
  const useless: Record<string, string | undefined> = {
    'no scope': undefined,
    'an empty scope': '',
    'unknown scopes': 'everything email',
    'offline_access alone': 'offline_access',
    'what only an application itself gets': 'webhooks',
  };
  const description = /^scope must contain at least one of: call click-to-dial:calls:create .*admin openid/;
  const parametersOf = (scope: string | undefined): Record<string, string> =>
    scope === undefined ? {} : { scope };
  const post = (path: string, parameters: Record<string, string>) =>
    new Browser(app.url).post(path, parameters, {
      authorization: `Basic ${btoa(`${registered.client.id}:${registered.secret}`)}`,
    });

  for (const [what, scope] of Object.entries(useless)) {
    test(`with ${what}, at the authorization endpoint`, async () => {
      const { url } = await authorizationUrl(config, { state: 'abc', prompt: 'consent' });
      url.searchParams.delete('scope');
      for (const [name, value] of Object.entries(parametersOf(scope))) url.searchParams.set(name, value);
      const { status, location } = await new Browser(app.url).get(url.href);
      assert.equal(status, 303);
      assert.ok(location.startsWith(`${MODERN_REDIRECT_URI}?`), location);
      const { error_description: why, ...response } = Object.fromEntries(new URL(location).searchParams);
      assert.deepEqual(response, { error: 'invalid_scope', state: 'abc', iss: app.url });
      assert.match(why ?? '', description);
    });

    test(`with ${what}, by a pushed request and for a device`, async () => {
      const { url } = await authorizationUrl(config, { prompt: 'consent' });
      url.searchParams.delete('scope');
      for (const [path, parameters] of [
        ['/oauth/par', Object.fromEntries(url.searchParams)],
        ['/oauth/device_authorization', {}],
      ] as const) {
        const answer = await post(path, { ...parameters, ...parametersOf(scope) });
        assert.equal(answer.status, 400, path);
        assert.equal(answer.json()['error'], 'invalid_scope', path);
        assert.match(String(answer.json()['error_description']), description);
      }
    });
  }
});
