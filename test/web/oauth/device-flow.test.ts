import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { addModernClient } from '../../harness/people.ts';
import {
  addPerson,
  age,
  browse,
  callStatus,
  configure,
  formOf,
  OPENS_PAGE,
  type Person,
  refresh,
  refusal,
  submit,
  tokensOf,
} from './modern-walk.ts';

const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const app = await startApp();
const anna = await addPerson(app, 'anna');
const config = await configure(app, await addModernClient(app));
const publicClient = await configure(app, await addModernClient(app, { public: true }));

/** Asks once for the tokens, as the device does again and again. */
async function poll(client: oauth.Configuration, device: oauth.DeviceAuthorizationResponse) {
  return tokensOf(await oauth.genericGrantRequest(client, DEVICE_CODE, { device_code: device.device_code }));
}

/** Types the code that the device shows, and goes on to where the device's name is shown. */
async function enterCode(person: Person, device: oauth.DeviceAuthorizationResponse) {
  const page = await person.browser.get(device.verification_uri, OPENS_PAGE);
  assert.equal(page.status, 200);
  return submit(person, device.verification_uri, page.text, { user_code: device.user_code });
}

/** All that a person does to connect a device; pages that need not be shown a second time are not. */
async function connect(device: oauth.DeviceAuthorizationResponse, person = anna) {
  const confirm = await enterCode(person, device);
  const answer = await submit(person, device.verification_uri, confirm.text, {});
  const last = answer.location === '' ? answer : await browse(person, answer.location);
  assert.match(last.text, /<h1>Connected<\/h1>/);
}

for (const [kind, client] of [
  ['a confidential client', config],
  ['a public client', publicClient],
] as const) {
  test(`${kind} on a device gets tokens once its user has typed the code, signed in and allowed it`, async () => {
    const person = await addPerson(app, `device-${kind.replaceAll(' ', '-')}`);
    const device = await oauth.initiateDeviceAuthorization(client, { scope: 'call' });
    assert.equal(device.verification_uri, `${app.url}/oauth/device`);
    assert.equal(device.verification_uri_complete, `${app.url}/oauth/device?user_code=${device.user_code}`);
    assert.equal(device.expires_in, 600);
    await assert.rejects(poll(client, device), refusal('authorization_pending'));

    const confirm = await enterCode(person, device);
    assert.equal(confirm.status, 200);
    assert.match(confirm.text, /Modern/);
    assert.ok(confirm.text.includes(device.user_code));
    await assert.rejects(poll(client, device), refusal('authorization_pending'));

    const redirect = await submit(person, device.verification_uri, confirm.text, {});
    assert.match(redirect.location, /\/interaction\//);
    const done = await browse(person, redirect.location);
    assert.equal(done.status, 200);
    assert.match(done.text, /<h1>Connected<\/h1>/);

    const tokens = tokensOf(await oauth.pollDeviceAuthorizationGrant(client, { ...device, interval: 0 }));
    assert.equal(tokens.scope, 'call');
    assert.equal(await callStatus(app, tokens.access), 200);
    assert.equal(await callStatus(app, (await refresh(client, tokens.refresh)).access), 200);
    const users = await app.sql(
      'SELECT DISTINCT u.name FROM access_tokens t JOIN users u ON u.id = t.user_id WHERE t.client_id = $1',
      [client.clientMetadata().client_id],
    );
    assert.deepEqual(users, [{ name: person.name }]);
  });
}

test('a device code returns tokens once, and a second use revokes them', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  await connect(device);
  const tokens = await poll(config, device);
  assert.equal(await callStatus(app, tokens.access), 200);
  await assert.rejects(poll(config, device), refusal('invalid_grant'));
  assert.equal(await callStatus(app, tokens.access), 401);
});

test('of 5 simultaneous polls with an allowed device code at most one gets tokens', async () => {
  for (let round = 0; round < 5; round++) {
    const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
    await connect(device);
    const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => poll(config, device)));
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    assert.ok(won.length <= 1, `round ${round}: ${won.length} polls got tokens`);
  }
});

test('a device code is bound to its client', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  await connect(device);
  await assert.rejects(poll(publicClient, device), refusal('invalid_grant'));
  assert.equal(await callStatus(app, (await poll(config, device)).access), 200);
});

test('a user whose device shows another code cancels, and the device gets the error', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const confirm = await enterCode(anna, device);
  await submit(anna, device.verification_uri, confirm.text, { abort: 'yes' });
  await assert.rejects(poll(config, device), refusal('access_denied'));
});

test('a user who denies on the consent page ends it, and the device gets the error', async () => {
  const newcomer = await addPerson(app, 'refusing');
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const confirm = await enterCode(newcomer, device);
  const redirect = await submit(newcomer, device.verification_uri, confirm.text, {});
  const page = await browse(newcomer, redirect.location, { grant: 'false' });
  assert.doesNotMatch(page.text, /Connected/);
  await assert.rejects(poll(config, device), refusal('access_denied'));
});

test('an unknown, expired or used code does not work', async () => {
  const used = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  await connect(used);
  const expired = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  await age(app, 'DeviceCode', 601);
  for (const device of [{ ...used, user_code: 'AAAA-AAAA' }, used, expired]) {
    const page = await enterCode(anna, device);
    assert.match(page.text, /role="alert">That code does not work/);
    assert.equal(formOf(page.text)?.fields['confirm'], undefined);
  }
  await assert.rejects(poll(config, expired), refusal('expired_token'));
});

test('a forged form of another site changes nothing', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  await anna.browser.get(device.verification_uri, OPENS_PAGE);
  const forged = { user_code: device.user_code, confirm: 'yes', xsrf: 'guessed' };
  const answer = await anna.browser.post('/oauth/device', forged, OPENS_PAGE);
  assert.equal(answer.location, '');
  await assert.rejects(poll(config, device), refusal('authorization_pending'));
});

test('a later step without a session leads back to the first step', async () => {
  const form = { user_code: 'AAAA-AAAA', xsrf: 'guessed' };
  const steps = [
    (browser: Browser) => browser.post('/oauth/device', form, OPENS_PAGE),
    (browser: Browser) => browser.post('/oauth/device', {}, OPENS_PAGE),
    (browser: Browser) => browser.get('/oauth/device/unknown', OPENS_PAGE),
  ];
  for (const step of steps) {
    const answer = await step(new Browser(app.url));
    assert.deepEqual([answer.status, answer.location], [303, `${app.url}/oauth/device`]);

    const late = new Browser(app.url);
    await late.get('/oauth/device', OPENS_PAGE);
    await app.sql(`DELETE FROM artifacts WHERE model = 'Session' AND user_id IS NULL`);
    const page = await step(late);
    assert.equal(page.status, 400);
    assert.match(page.text, /name="user_code"/);
  }
});

test('the URL with the code submits its form with a script that its policy allows', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const address = device.verification_uri_complete ?? '';
  const page = await anna.browser.get(address, OPENS_PAGE);
  const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page.text) ?? [];
  const digest = createHash('sha256').update(script).digest('base64');
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.ok(policy.includes(`script-src 'sha256-${digest}'`), policy);

  const confirm = await submit(anna, address, page.text, {});
  assert.match(confirm.text, /Is this your device\?/);
  assert.ok(confirm.text.includes(device.user_code));
  const done = await submit(anna, device.verification_uri, confirm.text, {});
  assert.match(done.text, /Connected/);
  assert.equal(await callStatus(app, (await poll(config, device)).access), 200);
});

test('the page for the code has a labelled field, its own style and no script', async () => {
  const page = await anna.browser.get('/oauth/device', OPENS_PAGE);
  assert.match(page.text, /<input[^>]*name="user_code"[^>]*aria-label="Code"/s);
  assert.doesNotMatch(page.text, /<script|onfocus|placeholder/);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /form-action 'self'(;|$)/);
  assert.match(policy, /frame-ancestors 'none'/);
});

test('the consent page of a device names no address to return to', async () => {
  const newcomer = await addPerson(app, 'reader');
  const device = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const confirm = await enterCode(newcomer, device);
  const { location: signIn } = await submit(newcomer, device.verification_uri, confirm.text, {});
  const page = await newcomer.browser.get(signIn, OPENS_PAGE);
  let answer = await submit(newcomer, signIn, page.text, { username: 'reader', password: 'correct horse' });
  let address = signIn;
  while (answer.location !== '') {
    address = answer.location;
    answer = await newcomer.browser.get(address, OPENS_PAGE);
  }
  assert.match(answer.text, /Allow Modern\?/);
  assert.doesNotMatch(answer.text, /You will return to \./);
});
