import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp } from '../../harness/app.ts';
import {
  addClassicClient,
  addModernClient,
  addUser,
  MODERN_REDIRECT_URI,
  PASSWORD,
} from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { fragmentOf, parametersOf, signedInBrowser, withQuery } from '../classic/flow.ts';
import {
  addPerson,
  authorizationUrl,
  browse,
  callStatus,
  configure,
  formOf,
  OPENS_PAGE,
  obtainTokens,
  type Person,
  redeem,
  refresh,
  refusal,
  registerDynamically,
  submit,
  tokensOf,
} from './modern-walk.ts';

const READ = 'click-to-dial:calls:read';
const CREATE = 'click-to-dial:calls:create';
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const app = await startApp();
let people = 0;

/** Somebody who is signed in. */
async function newPerson(): Promise<Person> {
  const person = await addPerson(app, `person${++people}`);
  await person.browser.post('/sign-in', { username: person.name, password: PASSWORD });
  return person;
}

const newClient = async (given: { public?: boolean } = {}) =>
  configure(app, await addModernClient(app, given));

/** The consent page of an authorization request. */
async function consent(config: oauth.Configuration, person: Person, parameters: Record<string, string>) {
  const { url, verifier } = await authorizationUrl(config, parameters);
  const { location } = await person.browser.get(url.href);
  assert.match(location, /\/interaction\//);
  const page = await person.browser.get(location, OPENS_PAGE);
  return { address: location, page, verifier };
}

type Consent = Awaited<ReturnType<typeof consent>>;

/** Presses Allow with these scopes ticked. */
const allow = (person: Person, { address, page }: Consent, scope: string[]) =>
  submit(person, address, page.text, { grant: 'true', scope });

/** The same, and what the client then gets. */
async function tokensFor(
  config: oauth.Configuration,
  person: Person,
  parameters: Record<string, string>,
  scope: string[],
) {
  const asked = await consent(config, person, parameters);
  const answer = await allow(person, asked, scope);
  assert.equal(answer.status, 303, answer.text);
  const { location } = await person.browser.follow(answer.location);
  return redeem(config, { callback: new URL(location), verifier: asked.verifier });
}

async function remembered(person: Person, clientId: string): Promise<string[]> {
  const [row] = await app.sql<{ scopes: string[] }>(
    'SELECT g.scopes FROM grants g JOIN users u ON u.id = g.user_id WHERE u.name = $1 AND g.client_id = $2',
    [person.name, clientId],
  );
  return row?.scopes.toSorted() ?? [];
}

suite('the consent page', () => {
  test('says who asks, since when it is registered and by whom, and what bounds there are', async () => {
    await addUser(app, 'anna', { limit: 3, numbers: ['+447700900001', '+447700900002'] });
    const { browser } = await addPerson(app, 'unused');
    const anna = { name: 'anna', browser };
    await browser.post('/sign-in', { username: 'anna', password: PASSWORD });
    const { page } = await consent(await newClient(), anna, { scope: 'call' });
    assert.match(page.text, /<dt>Site<\/dt><dd>localhost:5555<\/dd>/);
    const today = new Date().toISOString().slice(0, 10);
    assert.match(page.text, new RegExp(`by the operator of this server, on <time datetime="${today}">`));
    assert.match(page.text, /<dd>3, shared by all your applications<\/dd>/);
    assert.match(page.text, /<dd>\+44 7700 900001, \+44 7700 900002<\/dd>/);
    assert.match(page.text, /until you remove access in My account, also while you are away/);
  });

  test('warns of an application that registered itself, and shows where it says it lives', async () => {
    const config = await registerDynamically(app, {
      client_name: 'Stranger',
      client_uri: 'https://stranger.example/about',
    });
    const { page } = await consent(config, await newPerson(), { scope: 'call' });
    assert.match(page.text, /by itself: this server has not verified its identity/);
    assert.match(
      page.text,
      /<a href="https:\/\/stranger\.example\/about" rel="noreferrer noopener"[^>]*>stranger\.example<\/a>/,
    );
  });

  test('names nothing that an application without refresh tokens will not get', async () => {
    const config = await registerDynamically(app, { grant_types: ['authorization_code'] });
    const { page } = await consent(config, await newPerson(), { scope: READ });
    assert.match(page.text, /for one hour at a time/);
    assert.doesNotMatch(page.text, /Simultaneous calls/);
  });

  test('offers to allow and to refuse alike', async () => {
    const { page } = await consent(await newClient(), await newPerson(), { scope: 'call' });
    const buttons = [...page.text.matchAll(/<button type="submit" class="([^"]*)" name="grant"/g)];
    assert.deepEqual(
      buttons.map(([, style]) => style),
      ['even', 'even'],
    );
  });
});

test('what is unticked is neither in the token nor remembered', async () => {
  const config = await newClient();
  const person = await newPerson();
  const tokens = await tokensFor(config, person, { scope: `${READ} ${CREATE}` }, [READ]);
  assert.equal(tokens.scope, READ);
  assert.equal((await refresh(config, tokens.refresh)).scope, READ);
  assert.deepEqual(await remembered(person, config.clientMetadata().client_id), [READ]);
  await consent(config, person, { scope: `${READ} ${CREATE}` }); // asked again, since it has not got that
});

test('a user cannot select scopes that were not requested or that the user may not grant', async () => {
  const config = await newClient();
  const person = await newPerson();
  const tokens = await tokensFor(config, person, { scope: `${READ} admin` }, [READ, 'call', 'admin']);
  assert.equal(tokens.scope, READ);
  assert.deepEqual(await remembered(person, config.clientMetadata().client_id), [READ]);
});

test('nothing ticked is the page again, with what is wrong; and then it can still be allowed', async () => {
  const config = await newClient();
  const person = await newPerson();
  const asked = await consent(config, person, { scope: `${READ} ${CREATE}` });
  const again = await allow(person, asked, []);
  assert.equal(again.status, 400);
  assert.match(again.text, /role="alert">Select at least one thing/);
  assert.deepEqual(await remembered(person, config.clientMetadata().client_id), []);
  assert.equal(formOf(again.text)?.fields['scope'], undefined, 'as the person left it');
  assert.equal((await allow(person, asked, [CREATE])).status, 303);
});

test('a program that sends no choice allows all that was asked', async () => {
  const config = await newClient();
  const person = await newPerson();
  const { address } = await consent(config, person, { scope: `${READ} ${CREATE}` });
  await person.browser.post(address, { grant: 'true' });
  assert.deepEqual(await remembered(person, config.clientMetadata().client_id), [CREATE, READ]);
});

test('an application that is removed while its user decides is not allowed', async () => {
  const config = await newClient();
  const person = await newPerson();
  const asked = await consent(config, person, { scope: READ });
  const { client_id: id } = config.clientMetadata();
  await app.sql('UPDATE clients SET removed_at = now() WHERE id = $1', [id]);
  const answer = await allow(person, asked, [READ]);
  assert.equal(answer.status, 404, answer.text);
  assert.match(answer.text, /<h1>There is no such application<\/h1>/);
  assert.deepEqual(await app.sql('SELECT FROM grants WHERE client_id = $1', [id]), []);
});

suite('names and number', () => {
  const parameters = { scope: 'openid profile phone' };

  test('are asked for in plain words, with the number that the application would see', async () => {
    const person = await newPerson();
    await app.users.setNumbers(person.name, ['+447700900001', '+447700900002'], COMMAND_LINE);
    const { page } = await consent(await newClient(), person, parameters);
    assert.match(page.text, /<label for="scope-profile">see your user name<\/label>/);
    assert.match(
      page.text,
      /<label for="scope-phone">see your phone number<\/label>\s*<p class="hint"[^>]*>\+44 7700 900001<\/p>/,
    );
  });

  test('the number is asked for once the person has one', async () => {
    const config = await newClient();
    const person = await newPerson();
    const asked = await consent(config, person, parameters);
    assert.doesNotMatch(asked.page.text, /phone number/);
    assert.equal((await allow(person, asked, ['profile', 'phone'])).status, 303);
    assert.deepEqual(await remembered(person, config.clientMetadata().client_id), ['openid', 'profile']);
    assert.equal((await obtainTokens(config, person, parameters.scope)).scope, 'openid profile');

    await app.users.setNumbers(person.name, ['+447700900001'], COMMAND_LINE);
    const { page } = await consent(config, person, parameters);
    assert.match(page.text, /see your phone number/);
  });

  test('an earlier permission to call still holds, and does not give them away', async () => {
    const config = await newClient();
    const person = await newPerson();
    await obtainTokens(config, person, 'call');
    const { url } = await authorizationUrl(config, { scope: 'call', prompt: 'none' });
    assert.match((await person.browser.get(url.href)).location, /[?&]code=/);
    const more = await authorizationUrl(config, { scope: 'openid profile call', prompt: 'none' });
    assert.match((await person.browser.get(more.url.href)).location, /error=consent_required/);
  });

  test('are listed in My account', async () => {
    const person = await newPerson();
    await app.users.setNumbers(person.name, ['+447700900001'], COMMAND_LINE);
    await obtainTokens(await newClient(), person, parameters.scope);
    const page = await person.browser.get('/account/applications', OPENS_PAGE);
    assert.match(page.text, /<li>see your user name<\/li><li>see your phone number<\/li>/);
  });
});

test('openid is granted with every form', async () => {
  const config = await newClient();
  const person = await newPerson();
  const { page } = await consent(config, person, { scope: 'openid call' });
  assert.match(page.text, /<input id="scope-openid"[^>]* checked disabled>/);
  const { page: next, address } = await consent(config, person, { scope: 'openid call' });
  const answer = await submit(person, address, next.text, { grant: 'true', scope: ['call'] });
  assert.equal(answer.status, 303);
  assert.deepEqual(await remembered(person, config.clientMetadata().client_id), ['call', 'openid']);
});

suite('offline_access', () => {
  const parameters = { scope: 'call offline_access', prompt: 'consent' };

  test('a selected offline_access returns a refresh token', async () => {
    const tokens = await tokensFor(await newClient(), await newPerson(), parameters, [
      'call',
      'offline_access',
    ]);
    assert.notEqual(tokens.refresh, '');
  });

  test('a cleared offline_access returns none', async () => {
    const config = await newClient();
    const person = await newPerson();
    const { page } = await consent(config, person, parameters);
    assert.match(page.text, /also while you are away if you allow that above/);
    const tokens = await tokensFor(config, person, parameters, ['call']);
    assert.deepEqual([tokens.scope, tokens.refresh], ['call', '']);
  });

  test('alone is nothing', async () => {
    const person = await newPerson();
    const asked = await consent(await newClient(), person, parameters);
    assert.equal((await allow(person, asked, ['offline_access'])).status, 400);
  });
});

suite('unticking what was granted before', () => {
  test('narrows the grant and ends the tokens issued under it, this user’s and this client’s alone', async () => {
    const [config, other] = [await newClient(), await newClient()];
    const [person, bystander] = [await newPerson(), await newPerson()];
    const old = await obtainTokens(config, person, `call ${READ}`);
    const others = [await obtainTokens(other, person), await obtainTokens(config, bystander)];
    const call = await openCall(app, old.access);

    const tokens = await tokensFor(config, person, { scope: `call ${READ}`, prompt: 'consent' }, [READ]);
    assert.equal(tokens.scope, READ);
    assert.deepEqual(await remembered(person, config.clientMetadata().client_id), [READ]);
    assert.equal(await callStatus(app, old.access), 401);
    await assert.rejects(refresh(config, old.refresh), refusal('invalid_grant'));
    for (const { access } of others) assert.equal(await callStatus(app, access), 200);
    assert.deepEqual(await app.sql('SELECT ended_at FROM calls WHERE id = $1', [call]), [{ ended_at: null }]);
  });

  test('leaves what was not asked this time, and allowing more ends nothing', async () => {
    const config = await newClient();
    const person = await newPerson();
    const old = await obtainTokens(config, person, 'call');
    await tokensFor(config, person, { scope: `${READ} ${CREATE}` }, [READ]);
    assert.deepEqual(await remembered(person, config.clientMetadata().client_id), ['call', READ]);
    assert.equal(await callStatus(app, old.access), 200);
  });
});

suite('the classic flows', () => {
  test('ask for the scope call alone', async () => {
    const client = await addClassicClient(app);
    const person = await newPerson();
    const parameters = parametersOf(client, 'token');
    const browser = await signedInBrowser(app, client, person.name);
    const page = await browser.get(withQuery('/auth/grant', parameters), OPENS_PAGE);
    const form = formOf(page.text);
    assert.equal(form?.fields['allowed_scope'], 'call');
    const answer = await browser.post('/auth/grant', { ...form?.fields, grant: 'true' });
    assert.ok(fragmentOf(answer.location).get('access_token'), answer.text);
    assert.deepEqual(await remembered(person, client.id), ['call']);
  });

  test('show the page again when nothing is ticked', async () => {
    const client = await addClassicClient(app);
    const person = await newPerson();
    const browser = await signedInBrowser(app, client, person.name);
    const sent = { ...parametersOf(client, 'code'), choice: 'scopes', grant: 'true' };
    const again = await browser.post('/auth/grant', sent, OPENS_PAGE);
    assert.equal(again.status, 400);
    assert.match(again.text, /role="alert">Select at least one thing/);
    assert.match(again.text, /name="client_id" value=/);
    assert.deepEqual(await remembered(person, client.id), []);
  });
});

test('a device gets what is left ticked', async () => {
  const config = await newClient({ public: true });
  const person = await newPerson();
  const device = await oauth.initiateDeviceAuthorization(config, { scope: `${READ} ${CREATE}` });
  const code = await person.browser.get(device.verification_uri, OPENS_PAGE);
  const confirm = await submit(person, device.verification_uri, code.text, { user_code: device.user_code });
  assert.match(confirm.text, new RegExp(`\\(${new URL(MODERN_REDIRECT_URI).host}\\)`));
  assert.match(confirm.text, /<li>open phone calls on your behalf<\/li>/);
  const { location } = await submit(person, device.verification_uri, confirm.text, {});
  const page = await person.browser.get(location, OPENS_PAGE);
  const answer = await submit(person, location, page.text, { grant: 'true', scope: [CREATE] });
  assert.match((await browse(person, answer.location)).text, /<h1>Connected<\/h1>/);
  const tokens = tokensOf(
    await oauth.genericGrantRequest(config, DEVICE_CODE, { device_code: device.device_code }),
  );
  assert.equal(tokens.scope, CREATE);
});

test('it is noted by whom an application was registered', async () => {
  const [own, self] = [await addModernClient(app), await registerDynamically(app)];
  await app.clients.registerDemoClient(
    { name: 'D', redirectUris: ['http://localhost:1/'], public: true },
    'a-demo',
  );
  const byId = async (id: string) => (await app.clients.findClient(id)).registeredBy;
  assert.equal(await byId(own.client.id), 'commandLine');
  const byAdministrator = await app.clients.registerClient(
    { name: 'A', redirectUris: [MODERN_REDIRECT_URI] },
    { kind: 'administrator' },
  );
  assert.equal(byAdministrator.client.registeredBy, 'administrator');
  assert.equal(await byId(self.clientMetadata().client_id), 'itself');
  assert.equal(await byId('a-demo'), 'demo');
});
