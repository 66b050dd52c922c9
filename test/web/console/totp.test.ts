import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { suite, test } from 'node:test';
import { requireSecondFactor } from '../../../src/core/console-sessions/session-store.ts';
import { countSecondFactors } from '../../../src/core/second-factors/second-factor-store.ts';
import { insertTotp } from '../../../src/core/second-factors/totp-store.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { waitsOrEnds } from '../../harness/lock-wait.ts';
import { addUser } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import {
  type Administrator,
  addSignedIn,
  atBrowser,
  fieldValue,
  leadsTo,
  letTimePass,
  signIn,
} from './console.ts';
import { type Authenticator, addTotp, beginTotp } from './second-factors.ts';

const clock = createTestClock();
const app = await startApp({}, clock);

const CODE = '/console/second-factor/code';

/** Somebody with a code generator, who has given the password in another browser. */
async function halfSignedIn(name: string): Promise<{ half: Administrator; phone: Authenticator }> {
  const phone = await addTotp(await addSignedIn(app, name), clock);
  const half = atBrowser(app, name);
  await signIn(half);
  return { half, phone };
}

async function forgetCounts(): Promise<void> {
  await app.sql('UPDATE sign_in_attempts SET expire = 1');
}

test('an authenticator app is set up with a code, named, and required at the next sign-in', async () => {
  const ada = await addSignedIn(app, 'ada');
  const phone = await addTotp(ada, clock, 'Work phone');
  const { text } = await ada.open('/console/security?done=added');
  assert.match(text, /Work phone/);
  assert.match(text, /role="status"/);

  const again = atBrowser(app, 'ada');
  assert.equal(leadsTo(await signIn(again, { return_to: '/console?x' })), '/console?x');
  const asked = leadsTo(await again.open('/console?x'));
  assert.equal(asked, `/console/second-factor?${new URLSearchParams({ return_to: '/console?x' })}`);
  const page = await again.open(asked);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /<nav/);
  const returnTo = fieldValue(page.text, 'return_to');
  const spaced = phone.code().replace(/(...)/, '$1 ');
  assert.equal(leadsTo(await again.send(CODE, { code: spaced, return_to: returnTo })), '/console?x');
  assert.equal((await again.open('/console')).status, 200);
  assert.equal(leadsTo(await again.open('/console/second-factor')), '/console');
});

test('the QR code holds a key URI, and the page nothing that its policy forbids', async () => {
  const ada = await addSignedIn(app, 'scanning');
  const phone = await beginTotp(ada, clock);
  const { text, headers } = await ada.open('/console/security/totp');
  assert.match(text, /<svg/);
  assert.doesNotMatch(text, /\sstyle=|<style/);
  assert.match(headers.get('cache-control') ?? '', /no-store/);
  const uri = (/href="(otpauth:[^"]+)"/.exec(text)?.[1] ?? '')
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
  const { searchParams, pathname } = new URL(uri);
  assert.match(decodeURIComponent(pathname), /ClickToCall localhost:scanning$/);
  assert.equal(searchParams.get('secret'), phone.secret);
  assert.equal(searchParams.get('issuer'), 'ClickToCall localhost');
});

test('no secret is readable in the database, neither while it is set up nor after', async () => {
  const ada = await addSignedIn(app, 'sealing');
  const { secret } = await beginTotp(ada, clock);
  const kept = async () =>
    app.sql(`SELECT s.*, f.* FROM console_sessions s FULL JOIN second_factors f ON f.user_id = s.user_id`);
  const holds = (rows: unknown) => JSON.stringify(rows).includes(secret);
  const bytes = async () =>
    (
      await app.sql<{ sealed: Buffer }>(
        `SELECT sealed_new_secret AS sealed FROM console_sessions WHERE sealed_new_secret IS NOT NULL
       UNION ALL SELECT sealed_secret FROM second_factors`,
      )
    ).some(({ sealed }) => sealed.includes(secret));
  assert.equal(holds(await kept()) || (await bytes()), false);
  await ada.send('/console/security/totp', { code: '000000' });
  await addTotp(ada, clock);
  assert.equal(holds(await kept()) || (await bytes()), false);
  assert.deepEqual(
    await app.sql(
      `SELECT s.sealed_new_secret AS sealed FROM console_sessions s JOIN users u ON u.id = s.user_id WHERE u.name = 'sealing'`,
    ),
    [{ sealed: null }],
  );
});

suite('half signed in', () => {
  test('only the second step and the sign-out are open, for every method', async () => {
    const { half } = await halfSignedIn('halfway');
    for (const path of ['/console', '/console/security', '/console/security/totp'])
      assert.match(leadsTo(await half.open(path)), /^\/console\/second-factor/);
    for (const path of ['confirm', 'totp/begin', 'totp', 'passkeys/options', 'passkeys', 'remove', 'rename'])
      assert.match(leadsTo(await half.send(`/console/security/${path}`)), /^\/console\/second-factor/);
    assert.equal(leadsTo(await half.send('/console/sign-out')), '/console/sign-in');
  });

  test('a wrong code is refused on the page, and told to the audit log', async () => {
    const { half, phone } = await halfSignedIn('wrong');
    const wrong = String((Number(phone.code()) + 1) % 1_000_000).padStart(6, '0');
    const answer = await half.send(CODE, { code: wrong, return_to: '/console/users' });
    assert.equal(answer.status, 403);
    assert.match(answer.text, /role="alert">The code is wrong/);
    assert.match(answer.text, /value="\/console\/users"/);
    const acts = await app.sql(
      `SELECT action, details FROM audit_log WHERE user_id = (SELECT id FROM users WHERE name = 'wrong') ORDER BY id DESC LIMIT 1`,
    );
    assert.deepEqual(acts, [{ action: 'secondFactorRefused', details: { kind: 'totp' } }]);
    for (const code of ['12345', 'abcdef', '1234567', ''])
      assert.equal((await half.send(CODE, { code })).status, 400, code);
    assert.equal(leadsTo(await half.send(CODE, { code: phone.code() })), '/console');
  });

  test('a code counts one step of half a minute before its time and after, and no further', async () => {
    const { half, phone } = await halfSignedIn('drifting');
    clock.advance(60_000);
    for (const steps of [-2, 2])
      assert.equal((await half.send(CODE, { code: phone.code(steps) })).status, 403);
    assert.equal((await half.send(CODE, { code: phone.code(-1) })).status, 303);
    await signIn(half);
    assert.equal((await half.send(CODE, { code: phone.code(1) })).status, 303);
  });

  test('a code works once, in any browser, and no earlier code works after it', async () => {
    const { half, phone } = await halfSignedIn('replayed');
    const thief = atBrowser(app, 'replayed');
    await signIn(thief);
    const code = phone.code();
    const answers = await Promise.all([half.send(CODE, { code }), thief.send(CODE, { code })]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [303, 403]);
    await signIn(thief);
    assert.equal((await thief.send(CODE, { code: phone.code(1) })).status, 303);
    await signIn(thief);
    assert.equal((await thief.send(CODE, { code })).status, 403);
  });

  test('the code that set the generator up does not sign in', async () => {
    const ada = await addSignedIn(app, 'setting-up');
    const phone = await beginTotp(ada, clock);
    const code = phone.code();
    await ada.send('/console/security/totp', { code });
    await signIn(ada);
    assert.equal((await ada.send(CODE, { code })).status, 403);
  });

  test('five wrong codes are the end for a quarter of an hour, on every node, though some were right', async () => {
    const { half, phone } = await halfSignedIn('guessed');
    const node = await startNode(app, {}, clock);
    const guess = async (at = half) => (await at.send(CODE, { code: phone.code(7) })).status;
    assert.deepEqual([await guess(), await guess(), await guess(), await guess()], [403, 403, 403, 403]);
    assert.equal((await half.send(CODE, { code: phone.code() })).status, 303);
    const there = atBrowser(node, 'guessed');
    await signIn(there);
    assert.equal(await guess(there), 403);
    assert.equal(await guess(there), 429);
    await signIn(half);
    const right = await half.send(CODE, { code: phone.code(1) });
    assert.equal(right.status, 429);
    assert.match(right.text, /Try again in 15 minutes/);
    assert.ok(Number(right.headers.get('retry-after')) > 14 * 60);
    const refusals = await app.sql(
      `SELECT details FROM audit_log WHERE user_id = (SELECT id FROM users WHERE name = 'guessed')
          AND action = 'secondFactorRefused' ORDER BY id`,
    );
    const wrong = { details: { kind: 'totp' } };
    const tooMany = { details: { kind: 'totp', reason: 'tooManyAttempts' } };
    assert.deepEqual(refusals, [wrong, wrong, wrong, wrong, wrong, tooMany]);

    await forgetCounts();
    assert.equal((await half.send(CODE, { code: phone.code(1) })).status, 303);
  });

  test('a form of another site is refused', async () => {
    const { half, phone } = await halfSignedIn('forged');
    const headers = { 'sec-fetch-site': 'cross-site' };
    assert.equal((await half.browser.post(CODE, { code: phone.code() }, headers)).status, 403);
  });
});

test('the first second factor is owed by the user’s other sessions at once', async () => {
  const here = await addSignedIn(app, 'twice');
  const there = atBrowser(app, 'twice');
  await signIn(there);
  await addTotp(here, clock);
  assert.equal((await here.open('/console')).status, 200);
  assert.equal(leadsTo(await there.open('/console')), '/console/second-factor');
});

test('a sign-in while the first second factor is added owes it', async () => {
  await addSignedIn(app, 'at-once');
  const [user] = await app.sql<{ id: string }>("SELECT id FROM users WHERE name = 'at-once'");
  const userId = user?.id ?? '';
  const there = atBrowser(app, 'at-once');
  let signingIn: Promise<unknown> | undefined;
  await app.database.transaction(async (tx) => {
    assert.equal(await countSecondFactors(tx, userId), 0);
    const added = { id: randomUUID(), userId, name: 'Phone', lastStep: 0, sealedSecret: Buffer.from('x') };
    await insertTotp(tx, added);
    await requireSecondFactor(tx, userId, randomUUID());
    signingIn = signIn(there);
    await waitsOrEnds(app, signingIn);
  });
  await signingIn;
  assert.equal(leadsTo(await there.open('/console')), '/console/second-factor');
});

test('a removed second factor is no longer required; a pending sign-in starts again', async () => {
  const { half, phone } = await halfSignedIn('removing');
  const ada = atBrowser(app, 'removing');
  await signIn(ada);
  await ada.send(CODE, { code: phone.code() });
  const { text } = await ada.open('/console/security');
  const [, id = ''] = /name="id" value="([0-9a-f-]+)"/.exec(text) ?? [];
  assert.equal(
    leadsTo(await ada.send('/console/security/rename', { id, name: 'Old <phone>' })),
    '/console/security?done=named',
  );
  assert.match((await ada.open('/console/security')).text, /Old &(lt|#60);phone/);
  assert.equal(leadsTo(await ada.send('/console/security/remove', { id })), '/console/security?done=removed');
  assert.equal(leadsTo(await half.open('/console')), '/console/sign-in');
  await signIn(half);
  assert.equal((await half.open('/console')).status, 200);
  const acts = await app.sql(`SELECT action, subject FROM audit_log WHERE subject = $1 ORDER BY id`, [id]);
  assert.deepEqual(acts, [
    { action: 'secondFactorAdded', subject: id },
    { action: 'secondFactorRemoved', subject: id },
  ]);
});

test('another user’s second factor can be neither renamed nor removed', async () => {
  await halfSignedIn('victim');
  const [row] = await app.sql<{ id: string }>(
    `SELECT f.id FROM second_factors f JOIN users u ON u.id = f.user_id WHERE u.name = 'victim'`,
  );
  const other = await addSignedIn(app, 'other');
  await other.send('/console/security/rename', { id: row?.id ?? '', name: 'Mine' });
  await other.send('/console/security/remove', { id: row?.id ?? '' });
  assert.deepEqual(await app.sql('SELECT name FROM second_factors WHERE id = $1', [row?.id]), [
    { name: 'My phone' },
  ]);
});

test('ten minutes after the password, changing second factors requires it again', async () => {
  const ada = await addSignedIn(app, 'later');
  await letTimePass(app, 'later', '11 minutes');
  for (const path of ['totp/begin', 'totp', 'passkeys/options', 'passkeys', 'rename', 'remove'])
    assert.equal(leadsTo(await ada.send(`/console/security/${path}`)), '/console/security', path);
  const page = await ada.open('/console/security');
  assert.match(page.text, /action="\/console\/security\/confirm"/);
  assert.doesNotMatch(page.text, /totp\/begin/);
  const wrong = await ada.send('/console/security/confirm', { password: 'wrong' });
  assert.equal(wrong.status, 403);
  assert.match(wrong.text, /role="alert"/);
  assert.equal(
    leadsTo(await ada.send('/console/security/confirm', { password: 'correct horse' })),
    '/console/security',
  );
  await addTotp(ada, clock);
});

test('where a second factor is required, an administrator without one sets it up before anything else', async () => {
  const strict = await startNode(app, { CONSOLE_SECOND_FACTOR: 'required' }, clock);
  await addUser(app, 'bare', { administrator: true });
  const bare = atBrowser(strict, 'bare');
  await signIn(bare);
  assert.equal(leadsTo(await bare.open('/console')), '/console/security');
  const page = await bare.open('/console/security');
  assert.match(page.text, /Set one up to continue/);
  assert.doesNotMatch(page.text, /<nav/);
  await addTotp(bare, clock);
  assert.equal((await bare.open('/console')).status, 200);
  assert.match((await bare.open('/console/security?done=added')).text, /<nav/);
});

test('eleven are too many', async () => {
  const ada = await addSignedIn(app, 'collector');
  for (let n = 0; n < 10; n++) await addTotp(ada, clock);
  const phone = await beginTotp(ada, clock);
  const answer = await ada.send('/console/security/totp', { code: phone.code() });
  assert.equal(answer.status, 409);
  assert.match(answer.text, /role="alert">You already have 10/);
});
