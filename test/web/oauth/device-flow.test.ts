import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp, startNode } from '../../harness/app.ts';
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

const app = await startApp({ TRUST_PROXY: 'true' });
const anna = await addPerson(app, 'anna');
const config = await configure(app, await addModernClient(app));
const publicClient = await configure(app, await addModernClient(app, { public: true }));

/** Asks once for the tokens, as the device does again and again. */
async function poll(client: oauth.Configuration, device: oauth.DeviceAuthorizationResponse) {
  return tokensOf(await oauth.genericGrantRequest(client, DEVICE_CODE, { device_code: device.device_code }));
}

/** Lets so many seconds pass for a device since its last request. */
async function wait(
  { device_code: code }: oauth.DeviceAuthorizationResponse,
  seconds: number,
): Promise<void> {
  await app.sql(
    `UPDATE artifacts SET polled_at = polled_at - $2 * interval '1 second' WHERE model = 'DeviceCode' AND id = $1`,
    [code, seconds],
  );
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
    assert.equal(device.interval, 5);
    await assert.rejects(poll(client, device), refusal('authorization_pending'));

    const confirm = await enterCode(person, device);
    assert.equal(confirm.status, 200);
    assert.match(confirm.text, /Modern/);
    assert.ok(confirm.text.includes(device.user_code));
    await wait(device, 5);
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

test('the page of a device leaves out unknown scopes', async () => {
  const device = await oauth.initiateDeviceAuthorization(config, {
    scope: 'everything click-to-dial:calls:read',
  });
  const { text } = await enterCode(anna, device);
  assert.deepEqual(
    [...text.matchAll(/<li>([^<]*)<\/li>/g)].map(([, words]) => words),
    ['see the calls it opened'],
  );
});

for (const [scope, reason] of [
  ['admin', 'Only an administrator can allow this'],
  ['phone', 'You have no phone number to share'],
] as const) {
  test(`a device that asks for ${scope} alone is refused once another user has signed in, and the page says why`, async () => {
    const max = await addPerson(app, `max-${scope}`);
    const device = await oauth.initiateDeviceAuthorization(config, { scope });
    const confirm = await enterCode(max, device);
    const redirect = await submit(max, device.verification_uri, confirm.text, {});
    const page = await browse(max, redirect.location);
    assert.ok(page.text.includes(`${reason}. The device is not connected.`), page.text);
    await assert.rejects(poll(config, device), refusal('access_denied'));
  });
}

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

test('the page for the code has a labelled field, and only style and scripts of this server', async () => {
  const page = await anna.browser.get('/oauth/device', OPENS_PAGE);
  assert.match(page.text, /<input[^>]*name="user_code"[^>]*aria-label="Code"/s);
  assert.doesNotMatch(page.text, /<script(?! src="\/assets\/)|onfocus|placeholder/);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.doesNotMatch(policy, /form-action/); // ADR 25
  assert.match(policy, /script-src 'self'(;|$)/);
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

suite('a device that polls before its user has decided (RFC 8628 section 3.5)', () => {
  const ask = () => oauth.initiateDeviceAuthorization(config, { scope: 'call' });
  const pending = refusal('authorization_pending');
  const slowDown = refusal('slow_down');

  test('too often gets slow_down, and then has to wait five seconds longer', async () => {
    const device = await ask();
    await assert.rejects(poll(config, device), pending);
    await wait(device, 3);
    await assert.rejects(poll(config, device), slowDown);
    await wait(device, 8); // the interval is 10 seconds now
    await assert.rejects(poll(config, device), slowDown);
    await wait(device, 15);
    await assert.rejects(poll(config, device), pending);
  });

  test('every five seconds gets the same answer each time, and so do other devices', async () => {
    const device = await ask();
    const other = await ask();
    for (let round = 0; round < 3; round++) {
      await assert.rejects(poll(config, device), pending);
      await wait(device, 5);
    }
    await assert.rejects(poll(config, other), pending);
  });

  test('at the same time, on two nodes, gets slow_down except once', async () => {
    const node = await configure(await startNode(app), await addModernClient(app));
    const device = await ask();
    const polls = await Promise.allSettled(
      Array.from({ length: 6 }, () => poll(config, device)).concat(
        Array.from({ length: 2 }, () => poll(node, device)), // another client, whose requests do not count
      ),
    );
    const errors = polls.map((outcome) => outcome.status === 'rejected' && outcome.reason.error);
    assert.equal(errors.filter((error) => error === 'authorization_pending').length, 1);
    assert.equal(errors.filter((error) => error === 'slow_down').length, 5);
    assert.equal(errors.filter((error) => error === 'invalid_grant').length, 2);
  });

  test('gets its tokens as soon as the user has decided, however often it polls', async () => {
    const device = await ask();
    await assert.rejects(poll(config, device), pending);
    await assert.rejects(poll(config, device), slowDown);
    await connect(device);
    assert.equal(await callStatus(app, (await poll(config, device)).access), 200);
  });
});

suite('wrong user codes (RFC 8628 section 5.1)', () => {
  const wrong = { user_code: 'AAAA-AAAA' };
  const WRONG_CODE = /role="alert">That code does not work/;
  const THROTTLED = /role="alert">Too many wrong codes\. Try again in \d+ minutes\./;
  const VERIFICATION = `${app.url}/oauth/device`;
  let addresses = 0;
  const nextAddress = () => `198.51.100.${++addresses}`;

  /** Opens the page and types a code, as a browser at an address does. */
  async function enter(code: string, browser: Browser, address: string) {
    const headers = { ...OPENS_PAGE, 'x-forwarded-for': address };
    const page = await browser.get(VERIFICATION, headers);
    const fields = formOf(page.text)?.fields ?? {};
    return browser.post(
      VERIFICATION,
      { ...fields, user_code: code },
      { ...headers, origin: app.url, 'sec-fetch-site': 'same-origin' },
    );
  }

  test('are limited for each session, also when its address changes', async () => {
    const browser = new Browser(app.url);
    for (let attempt = 0; attempt < 5; attempt++) {
      const page = await enter(wrong.user_code, browser, nextAddress());
      assert.match(page.text, WRONG_CODE);
    }
    const { user_code: right } = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
    for (const code of [wrong.user_code, right]) {
      const page = await enter(code, browser, nextAddress());
      assert.equal(page.status, 429);
      assert.match(page.text, THROTTLED);
      assert.match(page.text, /name="user_code"/);
      const seconds = Number(page.headers.get('retry-after'));
      assert.ok(seconds > 0 && seconds <= 900, String(seconds));
    }
    const page = await enter(right, new Browser(app.url), nextAddress());
    assert.match(page.text, /Is this your device\?/);
  });

  test('are limited for each network, also with new sessions', async () => {
    const { user_code: right } = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
    for (let attempt = 0; attempt < 30; attempt++) {
      const page = await enter(wrong.user_code, new Browser(app.url), `2001:db8:5:5::${attempt}`);
      assert.match(page.text, WRONG_CODE);
    }
    const refused = await enter(right, new Browser(app.url), '2001:db8:5:5:ffff::1');
    assert.equal(refused.status, 429);
    assert.match(refused.text, THROTTLED);
    const elsewhere = await enter(right, new Browser(app.url), '2001:db8:5:6::1');
    assert.match(elsewhere.text, /Is this your device\?/);
  });

  test('are limited for the larger networks of an address, too', async () => {
    for (let attempt = 0; attempt < 60; attempt++) {
      const page = await enter(wrong.user_code, new Browser(app.url), `2001:db8:6:${attempt}::1`);
      assert.match(page.text, WRONG_CODE);
    }
    assert.equal((await enter(wrong.user_code, new Browser(app.url), '2001:db8:6:ff::1')).status, 429);
    const page = await enter(wrong.user_code, new Browser(app.url), '2001:db8:6:ffff::1');
    assert.match(page.text, WRONG_CODE);
  });

  test('all count when they are sent at the same time', async () => {
    const pages = await Promise.all(
      Array.from({ length: 40 }, () => enter(wrong.user_code, new Browser(app.url), '198.51.100.250')),
    );
    assert.equal(pages.filter(({ text }) => WRONG_CODE.test(text)).length, 30);
    assert.equal(pages.filter(({ status }) => status === 429).length, 10);
  });

  test('do not include right ones', async () => {
    const browser = new Browser(app.url);
    for (let device = 0; device < 8; device++) {
      const { user_code: right } = await oauth.initiateDeviceAuthorization(config, { scope: 'call' });
      const page = await enter(right, browser, '198.51.100.251');
      assert.match(page.text, /Is this your device\?/);
    }
  });
});
