import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { signInAttemptExpiry } from '../../../src/core/people/sign-in-expiry.ts';
import { sweepExpired } from '../../../src/platform/jobs/expiry-sweep.ts';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser } from '../../harness/people.ts';
import { credentials, parametersOf } from '../../web/classic/flow.ts';
import { actsOf, userId } from '../audit/acts.ts';

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

/** A browser in which the user has signed in once. */
async function knownBrowser(name: string): Promise<Browser> {
  await addUser(app, name);
  const browser = new Browser(app.url);
  assert.equal((await send(browser, name, rightPassword(name), freshAddress())).status, 303);
  return browser;
}
function rightPassword(name: string): string {
  return credentials(name)['password'] ?? '';
}

function send(browser: Browser, name: string, password: string, address: string): Promise<Answer> {
  return browser.post(
    '/auth/login',
    { ...parameters, username: name, password },
    { 'x-forwarded-for': address },
  );
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

test('of 30 guesses, two at a time, 10 are checked', async () => {
  await addUser(app, 'fred');
  const address = freshAddress();
  const statuses: number[] = [];
  for (let n = 0; n < 15; n++) {
    const pair = await Promise.all([1, 2].map((m) => signIn('fred', `guess ${n} ${m}`, address)));
    statuses.push(...pair.map(({ status }) => status));
  }
  assert.equal(statuses.filter((status) => status === 403).length, 10);
  assert.equal(statuses.filter((status) => status === 429).length, 20);
});

test('an attempt that a later count refuses is taken from the earlier ones', async () => {
  const points = async (key: string) =>
    (await app.sql('SELECT points FROM sign_in_attempts WHERE key = $1', [key]))[0]?.['points'];
  await addUser(app, 'frieda');
  const address = freshAddress();
  await countWrong('frieda', 10, address);
  assertThrottled(await rightly('frieda', address));
  assert.equal(await points(`address:${address}`), 0);

  const other = freshAddress();
  await app.sql('INSERT INTO password_failures VALUES (sha256($1), 100, now())', [Buffer.from('frieda')]);
  for (let n = 0; n < 12; n++) assertThrottled(await rightly('frieda', other));
  assert.equal(await points(`address:${other}`), 0);
  assert.equal(await points(`name-address:${keyOfName('frieda')} ${other}`), 0);
  await app.sql('DELETE FROM password_failures WHERE name_hash = sha256($1)', [Buffer.from('frieda')]);
  assert.equal((await rightly('frieda', other)).status, 303);
});

test('random names from a refused address add no rows', async () => {
  const address = freshAddress();
  await count(`address:${address}`, 100);
  for (let n = 0; n < 3; n++) assertThrottled(await signIn(`random ${n}`, 'guess', address));
  assert.deepEqual(
    await app.sql(`SELECT key FROM sign_in_attempts WHERE key LIKE 'name-address:% ' || $1`, [address]),
    [],
  );
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

suite('behind one address, with a known browser each,', () => {
  test('two people sign in while a third one, and a stranger, guess', async () => {
    const address = freshAddress();
    const [first, second] = [await knownBrowser('vera'), await knownBrowser('willi')];
    await addUser(app, 'xaver');
    await guess('xaver', 10, address);
    assertThrottled(await rightly('xaver', address));
    await count(`address:${address}`, 100);
    for (const [browser, name] of [
      [first, 'vera'],
      [second, 'willi'],
    ] as const)
      assert.equal((await send(browser, name, rightPassword(name), address)).status, 303, name);
    assertThrottled(await send(second, 'vera', rightPassword('vera'), address));
  });

  test('the wrong passwords of one person do not count for the other', async () => {
    const address = freshAddress();
    const [first, second] = [await knownBrowser('yara'), await knownBrowser('zoe')];
    for (let n = 0; n < 10; n++) await send(first, 'yara', `guess ${n}`, address);
    assertThrottled(await send(first, 'yara', rightPassword('yara'), address));
    assert.equal((await send(second, 'zoe', rightPassword('zoe'), address)).status, 303);
  });
});

suite('after 100 wrong passwords in a row for one name, from anywhere,', () => {
  /** Counts failures, the last of them so many seconds ago. */
  const countFailures = (name: string, failures: number, secondsAgo = 0) =>
    app.sql(
      `INSERT INTO password_failures (name_hash, failures, failed_at)
       VALUES (sha256($1), $2, now() - $3 * interval '1 second')
       ON CONFLICT (name_hash) DO UPDATE SET failures = $2, failed_at = EXCLUDED.failed_at`,
      [Buffer.from(name), failures, secondsAgo],
    );
  /** As if so many seconds had passed since the last failure. */
  const pass = (name: string, seconds: number) =>
    app.sql(
      `UPDATE password_failures SET failed_at = failed_at - $2 * interval '1 second' WHERE name_hash = sha256($1)`,
      [Buffer.from(name), seconds],
    );
  const failuresOf = async (name: string) => {
    const rows = await app.sql<{ failures: number }>(
      'SELECT failures FROM password_failures WHERE name_hash = sha256($1)',
      [Buffer.from(name)],
    );
    return rows[0]?.failures;
  };

  test('unknown browsers get one attempt a minute, and a right password ends that', async () => {
    await addUser(app, 'agnes');
    await countFailures('agnes', 99);
    assert.equal((await signIn('agnes', 'the hundredth guess', freshAddress())).status, 403);
    const refused = await rightly('agnes', freshAddress());
    assertThrottled(refused);
    assert.match(
      refused.json<{ message: string }>().message,
      /^Too many wrong passwords for this user name\. Try again in a minute\.$/,
    );
    assert.ok(Number(refused.headers.get('retry-after')) <= 60);
    await pass('agnes', 59);
    assertThrottled(await rightly('agnes', freshAddress()));
    await pass('agnes', 1);
    assert.equal((await signIn('agnes', 'the next guess', freshAddress())).status, 403);
    assertThrottled(await rightly('agnes', freshAddress()));
    await pass('agnes', 60);
    assert.equal((await rightly('agnes', freshAddress())).status, 303);
    assert.equal(await failuresOf('agnes'), undefined);
    assert.equal((await rightly('agnes', freshAddress())).status, 303);
  });

  test('a known browser signs in at once', async () => {
    const browser = await knownBrowser('benno');
    await countFailures('benno', 100);
    assertThrottled(await rightly('benno', freshAddress()));
    assert.equal((await send(browser, 'benno', rightPassword('benno'), freshAddress())).status, 303);
    assert.equal(
      await failuresOf('benno'),
      100,
      'an attacker gets no more guesses because the user is there',
    );
  });

  test('the same holds for a name that does not exist', async () => {
    await countFailures('no one', 99);
    assert.equal((await signIn('no one', 'guess', freshAddress())).status, 403);
    assertThrottled(await signIn('no one', 'guess', freshAddress()));
  });

  test('of simultaneous attempts in the next minute, one is checked', async () => {
    await addUser(app, 'chris');
    await countFailures('chris', 100, 60);
    const answers = await Promise.all(Array.from({ length: 8 }, () => rightly('chris', freshAddress())));
    // The first one succeeds, and ends the count; those that came before its end were refused.
    assert.ok(answers.some(({ status }) => status === 303));
    await countFailures('chris', 100, 60);
    const guesses = await Promise.all(
      Array.from({ length: 8 }, (_, n) => signIn('chris', `guess ${n}`, freshAddress())),
    );
    assert.deepEqual(guesses.map(({ status }) => status).sort(), [403, ...new Array(7).fill(429)]);
  });

  test('of 30 simultaneous guesses from 30 networks, as many are checked as are left of the 100', async () => {
    await addUser(app, 'doro');
    await countFailures('doro', 88);
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, n) => signIn('doro', `guess ${n}`, freshAddress())),
    );
    assert.equal(guesses.filter(({ status }) => status === 403).length, 12);
  });

  test('the password question of the console and of My account has the same limit', async () => {
    const browser = await knownBrowser('ella');
    await countFailures('ella', 100);
    const change = { current_password: rightPassword('ella'), new_password: 'a better horse' };
    const stolenSession = new Browser(app.url);
    for (const cookie of browser
      .cookiesFor('/')
      .split('; ')
      .filter((each) => !each.startsWith('clicktocall_browser')))
      stolenSession.keep(cookie);
    const refused = await stolenSession.post('/account/security/password', change, {
      'x-forwarded-for': freshAddress(),
    });
    assertThrottled(refused);
    const allowed = await browser.post('/account/security/password', change, {
      'x-forwarded-for': freshAddress(),
    });
    assert.equal(allowed.status, 303, allowed.text);
  });

  test('the audit log has it, once', async () => {
    await addUser(app, 'fanny');
    await countFailures('fanny', 99);
    const acts = await actsOf(app, async () => {
      for (let n = 0; n < 3; n++) await signIn('fanny', `guess ${n}`, freshAddress());
    });
    assert.deepEqual(
      acts.map(({ action }) => action),
      ['signInThrottled', 'signInRefused'],
    );
    assert.equal(acts[0]?.user_id, await userId(app, 'fanny'));
  });

  test('a count without a failure for a day starts again', async () => {
    await addUser(app, 'gerda');
    await countFailures('gerda', 100, 24 * 3600 + 1);
    assert.equal((await signIn('gerda', 'guess', freshAddress())).status, 403);
    assert.equal(await failuresOf('gerda'), 1);
  });

  test('expired counts are deleted, and of more than 100,000 names those with the fewest failures', async () => {
    await app.sql('DELETE FROM password_failures');
    await countFailures('kept', 7, 24 * 3600 - 60);
    await countFailures('expired', 100, 24 * 3600 + 60);
    await app.sql(
      `INSERT INTO password_failures SELECT sha256(n::text::bytea), 2, now() FROM generate_series(1, 100000) n`,
    );
    await countFailures('fewest', 1);
    await sweepExpired(app.database, signInAttemptExpiry);
    assert.equal(await failuresOf('kept'), 7);
    assert.equal(await failuresOf('expired'), undefined);
    assert.equal(await failuresOf('fewest'), undefined);
    const [row] = await app.sql('SELECT count(*)::integer AS names FROM password_failures');
    assert.deepEqual(row, { names: 100_000 });
    await app.sql('DELETE FROM password_failures');
  });
});

suite('IPv6', () => {
  /** @returns how many guesses were checked, each from another network */
  const checkedFrom = async (name: string, addresses: readonly string[]) => {
    await addUser(app, name);
    const statuses: number[] = [];
    for (const address of addresses) statuses.push((await signIn(name, 'guess', address)).status);
    return statuses.filter((status) => status === 403).length;
  };

  test('of 60 guesses for one name from 60 /64 networks of one /56, 20 are checked', async () => {
    const addresses = Array.from({ length: 60 }, (_, n) => `2001:db8:56:${(0x1100 + n).toString(16)}::1`);
    assert.equal(await checkedFrom('anna56', addresses), 20);
    assert.equal((await rightly('anna56', '2001:db8:56:1200::1')).status, 303);
  });

  test('of 150 guesses for one name from 150 /64 networks of one /48, 40 are checked', async () => {
    const addresses = Array.from({ length: 150 }, (_, n) => `2001:db8:48:${(n * 256 + 1).toString(16)}::1`);
    assert.equal(await checkedFrom('anna48', addresses), 40);
    assertThrottled(await rightly('anna48', '2001:db8:48:ffff::1'));
    assert.equal((await rightly('anna48', '2001:db8:49::1')).status, 303);
  });

  test('of 150 guesses for one name from 150 networks of as many /48, 100 are checked', async () => {
    const addresses = Array.from({ length: 150 }, (_, n) => `2001:db8:${(0x4000 + n).toString(16)}::1`);
    assert.equal(await checkedFrom('anna32', addresses), 100);
  });

  test('a /56 sends 200 wrong passwords for any names, and a /48 sends 400', async () => {
    await addUser(app, 'hanna');
    await count('address:2001:db8:77:1100::/56', 199);
    assert.equal((await signIn('hanna', 'guess', '2001:db8:77:1101::1')).status, 403);
    assertThrottled(await rightly('hanna', '2001:db8:77:1102::1'));
    assert.equal((await rightly('hanna', '2001:db8:77:1200::1')).status, 303);
    await count('address:2001:db8:77:0::/48', 399);
    assert.equal((await signIn('hanna', 'guess', '2001:db8:77:1300::1')).status, 403);
    assertThrottled(await rightly('hanna', '2001:db8:77:1400::1'));
  });

  test('a right password takes nothing but its own attempt from the counts of the larger networks', async () => {
    await addUser(app, 'inga');
    await count(`name-address:${keyOfName('inga')} 2001:db8:88:0::/48`, 39);
    assert.equal((await rightly('inga', '2001:db8:88:1::1')).status, 303);
    assert.equal((await signIn('inga', 'guess', '2001:db8:88:2::1')).status, 403);
    assertThrottled(await rightly('inga', '2001:db8:88:3::1'));
  });

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

test('the audit log has the address that a proxy sends, without the port', async () => {
  await addUser(app, 'thea');
  const acts = await actsOf(app, () => rightly('thea', '203.0.113.13:4711'));
  assert.deepEqual(
    acts.map(({ action, ip_address }) => [action, ip_address]),
    [['signedIn', '203.0.113.13']],
  );
});
