import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import {
  createAddressCount,
  createAnonymousThrottle,
  createCountChoice,
} from '../../../src/web/oauth/provider/adapters/anonymous-throttle.ts';
import { unsupported } from '../../../src/web/oauth/provider/adapters/unsupported.ts';
import { TooManyAnonymousRequests } from '../../../src/web/oauth/provider/limit-errors.ts';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addModernClient, MODERN_REDIRECT_URI, PASSWORD } from '../../harness/people.ts';
import { addPerson, OPENS_PAGE } from './modern-walk.ts';

const LIMIT = 4;
const app = await startApp({ TRUST_PROXY: 'true', ANONYMOUS_REQUESTS_PER_MINUTE: String(LIMIT) });
const confidential = await addModernClient(app);
const open = await addModernClient(app, { public: true });
const basic = {
  authorization: `Basic ${btoa(`${confidential.client.id}:${confidential.secret}`)}`,
};

/** A browser or a program, at an address of its own unless it is given. */
let addresses = 0;
const nextAddress = () => `203.0.113.${++addresses}`;
const from = (address: string) => ({ 'x-forwarded-for': address });

const asked = (further: Record<string, string> = {}) => ({
  client_id: open.client.id,
  response_type: 'code',
  scope: 'call',
  redirect_uri: MODERN_REDIRECT_URI,
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
  state: 'own',
  ...further,
});

type Send = (headers: Record<string, string>, further?: Record<string, string>) => Promise<Answer>;

const authorize: Send = (headers, further) =>
  new Browser(app.url).get(`/oauth/authorize?${new URLSearchParams(asked(further))}`, headers);
const push: Send = (headers, further) =>
  new Browser(app.url).post('/oauth/par', asked({ client_id: open.client.id, ...further }), headers);
const askForDeviceCode: Send = (headers, further) =>
  new Browser(app.url).post(
    '/oauth/device_authorization',
    { client_id: open.client.id, scope: 'call', ...further },
    headers,
  );
const openDevicePage: Send = (headers) =>
  new Browser(app.url).get('/oauth/device', { ...OPENS_PAGE, ...headers });

const WAYS: Readonly<Record<string, Send>> = {
  'an authorization': authorize,
  'a pushed request of a public client': push,
  'a device code of a public client': askForDeviceCode,
  'the page for devices': openDevicePage,
};

async function countRows(): Promise<unknown> {
  const [row] = await app.sql('SELECT count(*)::integer AS count FROM artifacts');
  return row?.['count'];
}

/** Uses up what an address may send. */
async function exhaust(address: string, send: Send = authorize): Promise<void> {
  for (let request = 0; request < LIMIT; request++) {
    const { status, text } = await send(from(address));
    assert.ok([200, 201, 303].includes(status), `${status} ${text}`);
  }
}

/** As often as needed, whatever the address has sent before. */
async function useUp(address: string): Promise<void> {
  for (let request = 0; request < LIMIT; request++) await authorize(from(address));
  await assertThrottled(await authorize(from(address)));
}

async function assertThrottled(answer: Answer): Promise<void> {
  assert.equal(answer.status, 429, answer.text);
  assert.equal(answer.location, '');
  const seconds = Number(answer.headers.get('retry-after'));
  assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
}

for (const [way, send] of Object.entries(WAYS)) {
  test(`${way}: begun too often from one address is refused, and stores nothing`, async () => {
    const address = nextAddress();
    await exhaust(address, send);
    const before = await countRows();
    await assertThrottled(await send(from(address)));
    assert.equal(await countRows(), before);
    assert.notEqual((await send(from(nextAddress()))).status, 429);
  });
}

test('a browser that keeps its session is throttled as well', async () => {
  const browser = new Browser(app.url);
  const openPage = () => browser.get('/oauth/device', { ...OPENS_PAGE, ...from(address) });
  const address = nextAddress();
  for (let request = 0; request < LIMIT; request++) assert.equal((await openPage()).status, 200);
  await assertThrottled(await openPage());
});

test('a pushed request of a public client beyond the limit stores not even its DPoP proof', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const pushWithProof = async (address: string) => {
    const dpop = await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${app.url}/oauth/par` })
      .setIssuedAt()
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .sign(privateKey);
    return push({ ...from(address), dpop });
  };
  const countProofs = () => app.sql('SELECT count(*)::integer AS count FROM used_proofs');
  const address = nextAddress();
  await exhaust(address, ({ 'x-forwarded-for': same = '' }) => pushWithProof(same));
  const before = await countProofs();
  assert.deepEqual(before, [{ count: LIMIT }]);
  await assertThrottled(await pushWithProof(address));
  assert.deepEqual(await countProofs(), before);
});

suite('what one request stores at once', () => {
  /** Lets a request save two things at once, and one more in the end. */
  async function storeAtOnce(limit: number): Promise<{ stored: string[]; outcomes: string[] }> {
    const stored: string[] = [];
    const outcomes: string[] = [];
    const upsert = async (id: string) => void stored.push(id);
    const adapter = createAnonymousThrottle(limit).throttle('Interaction', {
      ...unsupported,
      upsert,
      find: async () => undefined,
    });
    const provider = new Provider('http://localhost', {
      async renderError(ctx) {
        const saved = await Promise.allSettled(['one', 'two'].map((id) => adapter.upsert(id, {}, 60)));
        outcomes.push(...saved.map(({ status }) => status));
        await adapter.upsert('later', {}, 60);
        ctx.body = '';
      },
    });
    const server = provider.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/auth`);
    server.close();
    return { stored, outcomes };
  }

  test('counts once, and is all stored', async () => {
    const { stored, outcomes } = await storeAtOnce(1);
    assert.deepEqual(outcomes, ['fulfilled', 'fulfilled']);
    assert.deepEqual(stored, ['one', 'two', 'later']);
  });

  test('is all refused beyond the limit', async () => {
    const { stored, outcomes } = await storeAtOnce(0);
    assert.deepEqual(outcomes, ['rejected', 'rejected']);
    assert.deepEqual(stored, []);
  });
});

test('all ways count together', async () => {
  const address = nextAddress();
  for (const send of Object.values(WAYS)) assert.notEqual((await send(from(address))).status, 429);
  await assertThrottled(await authorize(from(address)));
});

test('a program gets JSON, a person a page that says what to do', async () => {
  const address = nextAddress();
  await exhaust(address);
  const program = await askForDeviceCode(from(address));
  assert.equal(program.json()['error'], 'temporarily_unavailable');
  assert.match(String(program.json()['error_description']), /Too many requests from your network/);
  for (const send of [authorize, openDevicePage]) {
    const page = await send({ ...from(address), ...OPENS_PAGE });
    await assertThrottled(page);
    assert.match(
      page.text,
      /role="alert">[^<]*Too many requests from your network\. Try again in (a second|\d+ seconds)\./,
    );
  }
  assert.match((await authorize({ ...from(address), ...OPENS_PAGE })).text, /<h1>Too many requests<\/h1>/);
});

test('addresses of one /64 count together', async () => {
  await exhaust('2001:db8:1:1::1');
  await assertThrottled(await authorize(from('2001:db8:1:1:ffff::2')));
  assert.equal((await authorize(from('2001:db8:1:2::1'))).status, 303);
});

test('all networks of one /56 together may send three times as much, of one /48 ten times', async () => {
  const hex = (number: number) => number.toString(16);
  for (let request = 0; request < 3 * LIMIT; request++)
    assert.equal((await authorize(from(`2001:db8:2:${hex(request)}::1`))).status, 303);
  await assertThrottled(await authorize(from('2001:db8:2:ff::1')));
  for (let request = 3 * LIMIT; request < 10 * LIMIT; request++)
    assert.equal((await authorize(from(`2001:db8:2:${hex(request * 256)}::1`))).status, 303);
  await assertThrottled(await authorize(from('2001:db8:2:ffff::1')));
  assert.equal((await authorize(from('2001:db8:3::1'))).status, 303);
});

suite('beyond the limit of their network', () => {
  const address = nextAddress();

  test('people who are signed in begin as many authorizations as they like', async () => {
    const anna = await addPerson(app, 'anna');
    const { location } = await anna.browser.get(
      `/oauth/authorize?${new URLSearchParams(asked())}`,
      from(address),
    );
    const signedIn = await anna.browser.post(
      location,
      { username: 'anna', password: PASSWORD },
      from(address),
    );
    assert.equal(signedIn.status, 303);
    await anna.browser.get(signedIn.location, from(address));
    await useUp(address);
    for (let request = 0; request < 2 * LIMIT; request++) {
      const { status } = await anna.browser.get(
        `/oauth/authorize?${new URLSearchParams(asked())}`,
        from(address),
      );
      assert.equal(status, 303);
    }
  });

  test('clients that authenticate are not throttled', async () => {
    await useUp(address);
    for (let request = 0; request < 2 * LIMIT; request++) {
      const own = { client_id: confidential.client.id };
      assert.equal((await push({ ...from(address), ...basic }, own)).status, 201);
      assert.equal((await askForDeviceCode({ ...from(address), ...basic }, own)).status, 200);
    }
  });

  test('requests that store nothing are not throttled', async () => {
    await useUp(address);
    const answer = await authorize(from(address), { prompt: 'none' });
    assert.match(answer.location, /error=login_required/);
  });
});

test('the counts of any number of networks take a bounded amount of memory', () => {
  const chooseCounts = createCountChoice();
  const chosen = new Set(
    Array.from({ length: 200_000 }, (_, network) => chooseCounts(String(network))).flat(),
  );
  assert.ok(chosen.size > 10_000 && chosen.size <= 16_384, String(chosen.size));
  assert.deepEqual(chooseCounts('203.0.113.1'), chooseCounts('203.0.113.1'));
});

test('networks that use up their counts hardly refuse any other', async () => {
  const count = createAddressCount(LIMIT);
  const address = (index: number) => `10.0.${index >> 8}.${index & 255}`;
  const used = 600;
  for (let request = 0; request < used * LIMIT; request++)
    await count(address(request % used)).catch(() => {});
  await assert.rejects(count(address(0)), TooManyAnonymousRequests);
  let refused = 0;
  for (let other = used; other < used + 2_000; other++)
    await count(address(other)).catch(() => {
      refused++;
    });
  // About 11: a network is refused if both its counts are among the 1,200 of 16,384. With one count each, it would be 73.
  assert.ok(refused < 40, String(refused));
});

suite('the parameters of a request are bounded', () => {
  const long = { state: 'x'.repeat(2_049) };
  const together = { state: 'x'.repeat(2_048), ui_locales: 'x'.repeat(2_048), login_hint: 'x'.repeat(2_048) };

  test('in an authorization', async () => {
    for (const [further, message] of [
      [long, /state must have at most 2048 characters/],
      [together, /the parameters together must have at most 6144 characters/],
    ] as const) {
      const answer = await authorize(from(nextAddress()), further);
      assert.equal(answer.status, 400, `${message} ${answer.location}`);
      assert.equal(answer.location, '');
      assert.equal(answer.json()['error'], 'invalid_request');
      assert.match(String(answer.json()['error_description']), message);
    }
    const longest = await authorize(from(nextAddress()), { state: 'x'.repeat(2_048) });
    assert.equal(longest.status, 303);
  });

  test('in a pushed request', async () => {
    const answer = await push(
      { ...from(nextAddress()), ...basic },
      { client_id: confidential.client.id, ...long },
    );
    assert.equal(answer.status, 400);
    assert.match(String(answer.json()['error_description']), /state must have at most 2048 characters/);
  });

  test('in a request for a device code', async () => {
    const answer = await askForDeviceCode(from(nextAddress()), { login_hint: 'x'.repeat(2_049) });
    assert.equal(answer.status, 400);
    assert.match(String(answer.json()['error_description']), /login_hint must have at most 2048 characters/);
  });

  test('and stores nothing beyond them', async () => {
    const before = await countRows();
    await authorize(from(nextAddress()), long);
    await push(from(nextAddress()), long);
    assert.equal(await countRows(), before);
  });
});

test('the classic flows store nothing before a user has signed in', async () => {
  const classic = await app.clients.registerClient(
    { name: 'Classic', redirectUris: [`${app.url}/test`], classic: true },
    COMMAND_LINE,
  );
  const query = new URLSearchParams({
    client_id: classic.client.id,
    response_type: 'code',
    redirect_uri: `${app.url}/test`,
    scope: 'call',
  });
  const before = await countRows();
  for (const path of ['/oauth/auth', '/auth/login', '/auth/grant'])
    await new Browser(app.url).get(`${path}?${query}`, OPENS_PAGE);
  assert.equal(await countRows(), before);
});
