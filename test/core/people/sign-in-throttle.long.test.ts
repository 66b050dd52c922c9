import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser } from '../../harness/people.ts';
import { credentials, parametersOf } from '../../web/classic/flow.ts';

const app = await startApp({ TRUST_PROXY: 'true' });
const client = await addClassicClient(app);
const parameters = parametersOf(client, 'code');

/** Each test has its own address. */
let lastAddress = 0;
function freshAddress(): string {
  lastAddress++;
  return `198.51.100.${lastAddress}`;
}

function signIn(name: string, password: string, address: string, node: TestApp = app): Promise<Answer> {
  return new Browser(node.url).post(
    '/auth/login',
    { ...parameters, username: name, password },
    { 'x-forwarded-for': address },
  );
}

function rightly(name: string, address: string, node: TestApp = app): Promise<Answer> {
  return signIn(name, credentials(name)['password'] ?? '', address, node);
}

/** @returns the statuses */
async function guess(name: string, times: number, address: string, node: TestApp = app): Promise<number[]> {
  const statuses: number[] = [];
  for (let n = 0; n < times; n++) statuses.push((await signIn(name, `guess ${n}`, address, node)).status);
  return statuses;
}

/** Sets the points of a key of the throttle. */
async function count(key: string, points: number): Promise<void> {
  await app.sql(
    `INSERT INTO sign_in_attempts (key, points, expire) VALUES ($1, $2, extract(epoch FROM now()) * 1000 + 900000)
     ON CONFLICT (key) DO UPDATE SET points = $2, expire = EXCLUDED.expire`,
    [key, points],
  );
}

/** Sets the number of wrong passwords for one name from one address. */
function countWrong(name: string, times: number, address: string): Promise<void> {
  return count(`name-address:${keyOfName(name)} ${address}`, times);
}

function keyOfName(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}

/** Expires all counts. */
function letCountsExpire(): Promise<unknown> {
  return app.sql('UPDATE sign_in_attempts SET expire = 1');
}

function assertThrottled(answer: Answer): void {
  assert.equal(answer.status, 429, answer.text);
  assert.equal(answer.json()['error'], 'too_many_sign_ins');
  const seconds = Number(answer.headers.get('retry-after'));
  assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 3600, `${seconds}`);
  assert.equal(answer.json()['retryAfterSeconds'], seconds);
  assert.ok(!answer.headers.getSetCookie().some((cookie) => cookie.startsWith('clicktocall=')));
}

const TEN_WRONG = new Array(10).fill(403);

suite('after 10 wrong passwords for one name from one address', () => {
  test('each attempt gets 429 with Retry-After until the time is over, even with the right password', async () => {
    await addUser(app, 'anna');
    const address = freshAddress();
    assert.deepEqual(await guess('anna', 10, address), TEN_WRONG);
    assertThrottled(await signIn('anna', 'guess', address));
    assertThrottled(await rightly('anna', address));
    const { headers } = await rightly('anna', address);
    assert.ok(Number(headers.get('retry-after')) > 14 * 60);
    await letCountsExpire();
    assert.equal((await rightly('anna', address)).status, 303);
  });

  test('another address can sign in, so a stranger cannot lock a user out', async () => {
    await addUser(app, 'bert');
    const stranger = freshAddress();
    await countWrong('bert', 10, stranger);
    assert.equal((await rightly('bert', freshAddress())).status, 303);
    assertThrottled(await rightly('bert', stranger));
  });

  test('another user can sign in from that address', async () => {
    await addUser(app, 'carl');
    await addUser(app, 'carla');
    const address = freshAddress();
    await countWrong('carl', 10, address);
    assertThrottled(await rightly('carl', address));
    assert.equal((await rightly('carla', address)).status, 303);
  });

  test('the name is case-insensitive', async () => {
    await addUser(app, 'dora');
    const address = freshAddress();
    await countWrong('dora', 8, address);
    await guess('dora', 1, address);
    await guess('DORA', 1, address);
    assertThrottled(await rightly('Dora', address));
  });

  test('an unknown name is throttled like any other, and reveals nothing', async () => {
    const address = freshAddress();
    await countWrong('nobody', 9, address);
    assert.deepEqual(await guess('nobody', 1, address), [403]);
    assertThrottled(await signIn('nobody', 'guess', address));
  });

  test('a browser gets the form again, with status 429 and the reason', async () => {
    await addUser(app, 'doris');
    const address = freshAddress();
    await countWrong('doris', 10, address);
    const answer = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, ...credentials('doris') },
      { 'x-forwarded-for': address, accept: 'text/html' },
    );
    assert.equal(answer.status, 429);
    assert.match(answer.text, /role="alert">Too many wrong passwords\. Try again in 15 minutes\./);
  });

  test('that page has Retry-After', async () => {
    await addUser(app, 'dorit');
    const address = freshAddress();
    await countWrong('dorit', 10, address);
    const answer = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, ...credentials('dorit') },
      { 'x-forwarded-for': address, accept: 'text/html' },
    );
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/);
  });
});

test('the right password resets the count', async () => {
  await addUser(app, 'emil');
  const address = freshAddress();
  await countWrong('emil', 8, address);
  assert.deepEqual(await guess('emil', 1, address), [403]);
  assert.equal((await rightly('emil', address)).status, 303);
  assert.deepEqual(await guess('emil', 2, address), [403, 403]);
  assert.equal((await rightly('emil', address)).status, 303);
});

test('right passwords alone are never throttled', async () => {
  await addUser(app, 'erna');
  const address = freshAddress();
  for (let n = 0; n < 12; n++) assert.equal((await rightly('erna', address)).status, 303);
});

test('of 30 simultaneous guesses, 10 are checked', async () => {
  await addUser(app, 'fred');
  const address = freshAddress();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => signIn('fred', `guess ${n}`, address)),
  );
  assert.equal(answers.filter(({ status }) => status === 403).length, 10);
  assert.equal(answers.filter(({ status }) => status === 429).length, 20);
});

test('guesses on several nodes are counted together', async () => {
  const node = await startNode(app, { TRUST_PROXY: 'true' });
  // the client’s redirect URI is the first node’s, which is no matter for a sign-in
  await addUser(app, 'gina');
  const address = freshAddress();
  await guess('gina', 5, address);
  await guess('gina', 5, address, node);
  assertThrottled(await rightly('gina', address));
  assertThrottled(await rightly('gina', address, node));
});

suite('an address that sent 100 wrong passwords, for any names,', () => {
  test('is refused; others are not', async () => {
    await addUser(app, 'hans');
    const address = freshAddress();
    await count(`address:${address}`, 99);
    assert.equal((await signIn('hans', 'guess', address)).status, 403);
    assertThrottled(await rightly('hans', address));
    assert.equal((await rightly('hans', freshAddress())).status, 303);
  });

  test('a right password does not count against it', async () => {
    await addUser(app, 'ines');
    const address = freshAddress();
    await count(`address:${address}`, 99);
    for (let n = 0; n < 3; n++) assert.equal((await rightly('ines', address)).status, 303);
  });
});

suite('a browser in which the user has signed in before', () => {
  /** Signs in once, clears the counts of the address, and keeps the cookies. */
  async function knownBrowser(name: string): Promise<Browser> {
    await addUser(app, name);
    const browser = new Browser(app.url);
    assert.equal((await send(browser, name, rightPassword(name), freshAddress())).status, 303);
    return browser;
  }
  const rightPassword = (name: string) => credentials(name)['password'] ?? '';
  const send = (browser: Browser, name: string, password: string, address: string) =>
    browser.post('/auth/login', { ...parameters, username: name, password }, { 'x-forwarded-for': address });

  test('is not affected by wrong passwords of others at its address', async () => {
    const browser = await knownBrowser('jana');
    const address = freshAddress();
    await countWrong('jana', 10, address);
    await count(`address:${address}`, 100);
    assertThrottled(await rightly('jana', address));
    assert.equal((await send(browser, 'jana', rightPassword('jana'), address)).status, 303);
    assert.equal((await send(browser, 'JANA', rightPassword('jana'), address)).status, 303);
  });

  test('has its own limit of ten wrong passwords', async () => {
    const browser = await knownBrowser('karl');
    for (let n = 0; n < 10; n++)
      assert.equal((await send(browser, 'karl', `guess ${n}`, freshAddress())).status, 403);
    assertThrottled(await send(browser, 'karl', rightPassword('karl'), freshAddress()));
    assert.equal((await rightly('karl', freshAddress())).status, 303);
  });

  test('is unknown to other users', async () => {
    const browser = await knownBrowser('mona');
    await addUser(app, 'nina');
    const address = freshAddress();
    await countWrong('nina', 10, address);
    assertThrottled(await send(browser, 'nina', rightPassword('nina'), address));
  });

  test('cannot forge its mark', async () => {
    await addUser(app, 'lena');
    const address = freshAddress();
    await countWrong('lena', 10, address);
    const forged = await new Browser(app.url).post(
      '/auth/login',
      { ...parameters, username: 'lena', password: rightPassword('lena') },
      {
        'x-forwarded-for': address,
        cookie: `clicktocall_browser=${keyOfName('lena')}.x; clicktocall_browser.sig=${keyOfName('x').slice(0, 27)}`,
      },
    );
    assertThrottled(forged);
  });
});

suite('IPv6', () => {
  test('the addresses of one /64 network count together, those of the next do not', async () => {
    await addUser(app, 'olga');
    await guess('olga', 5, '2001:db8:1:2::1');
    await guess('olga', 5, '2001:db8:1:2:aaaa:bbbb:cccc:dddd');
    assertThrottled(await rightly('olga', '2001:db8:1:2:0:0:0:7'));
    assert.equal((await rightly('olga', '2001:db8:1:3::1')).status, 303);
  });

  test('a proxy that writes leading zeros or capitals means the same network', async () => {
    await addUser(app, 'otto');
    await guess('otto', 5, '2001:db8:a:2::1');
    await guess('otto', 5, '2001:0DB8:000A:0002::1');
    assertThrottled(await rightly('otto', '2001:db8:a:2::1'));
  });

  test('zeros that :: hides are no other network', async () => {
    await addUser(app, 'paul');
    await guess('paul', 5, '2001:db8::1');
    await guess('paul', 5, '2001:db8:0:0:1:2:3:4');
    assertThrottled(await rightly('paul', '2001:db8:0::2'));
    assert.equal((await rightly('paul', '2001:db8:0:1::2')).status, 303);
  });

  test('IPv4 addresses written as IPv6 are not one network', async () => {
    await addUser(app, 'quin');
    await guess('quin', 10, '::ffff:203.0.113.9');
    assertThrottled(await rightly('quin', '::ffff:203.0.113.9'));
    assert.equal((await rightly('quin', '::ffff:203.0.113.10')).status, 303);
  });

  test('an IPv4 address is the same one when written as IPv6, as sockets for both write it', async () => {
    await addUser(app, 'rita');
    await guess('rita', 5, '::ffff:203.0.113.11');
    await guess('rita', 5, '203.0.113.11');
    assertThrottled(await rightly('rita', '203.0.113.11'));
  });
});

test('without TRUST_PROXY, X-Forwarded-For has no effect', async () => {
  const direct = await startNode(app);
  await addUser(app, 'rosa');
  for (let n = 0; n < 10; n++) await guess('rosa', 1, `192.0.2.${n}`, direct);
  assertThrottled(await rightly('rosa', '192.0.2.99', direct));
});

test('the stored counts contain no user names', async () => {
  await addUser(app, 'sibylle');
  await guess('sibylle', 1, freshAddress());
  const rows = JSON.stringify(await app.sql('SELECT * FROM sign_in_attempts'));
  assert.ok(rows.includes(keyOfName('sibylle')));
  assert.ok(!rows.includes('sibylle'));
});

suite('what a proxy says in X-Forwarded-For may be anything', () => {
  for (const [what, address] of Object.entries({
    'no address': 'unknown',
    'a link-local address with its zone': 'fe80::1%eth0',
    'an address with a port': '203.0.113.12:4711',
    'far too long': 'x'.repeat(1000),
  })) {
    test(`${what}: people sign in, and are throttled`, async () => {
      const name = `forwarded-${address.length}`;
      await addUser(app, name);
      assert.equal((await rightly(name, address)).status, 303);
      assert.deepEqual(await guess(name, 10, address), TEN_WRONG);
      assertThrottled(await rightly(name, address));
    });
  }
});
