import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { suite, test } from 'node:test';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { startApp, startNode } from '../../harness/app.ts';
import { addUser, PASSWORD } from '../../harness/people.ts';
import { type Administrator, addSignedIn, atBrowser, leadsTo, letTimePass, signIn } from './console.ts';

const app = await startApp();

async function isSignedIn(administrator: Administrator): Promise<boolean> {
  const answer = await administrator.open('/console');
  if (answer.status === 303) assert.equal(leadsTo(answer), '/console/sign-in');
  return answer.status === 200;
}

test('an administrator signs in, sees the console, and signs out', async () => {
  const ada = await addSignedIn(app, 'ada');
  const page = await ada.open('/console');
  assert.equal(page.status, 200);
  assert.match(page.text, /<nav aria-label="Console">/);
  assert.match(page.text, /aria-current="page">Calls now</);
  assert.match(page.text, /<span>ada<\/span>/);
  assert.equal(page.headers.get('cache-control'), 'no-store');

  assert.equal(leadsTo(await ada.send('/console/sign-out')), '/console/sign-in');
  assert.equal(await isSignedIn(ada), false);
  assert.deepEqual(await app.sql('SELECT * FROM console_sessions'), []);
});

test('the cookie is the console’s own, kept from scripts and other sites, and unguessable', async () => {
  await addUser(app, 'careful', { administrator: true });
  const [cookies, again] = await Promise.all(
    [1, 2].map(async () => (await signIn(atBrowser(app, 'careful'))).headers.getSetCookie()),
  );
  const cookie = cookies?.find((each) => each.startsWith('clicktocall_console=')) ?? '';
  assert.match(cookie, /^clicktocall_console=[\w-]{43};/);
  for (const attribute of ['path=/', 'samesite=strict', 'httponly'])
    assert.ok(cookie.toLowerCase().split('; ').includes(attribute), attribute);
  assert.doesNotMatch(cookie, /expires|max-age|secure/i);
  assert.notDeepEqual(again, cookies);

  const [, token = ''] = /=([^;]+)/.exec(cookie) ?? [];
  const hash = createHash('sha256').update(token).digest();
  assert.equal((await app.sql('SELECT 1 FROM console_sessions WHERE hash = $1', [hash])).length, 1);
});

test('the cookie is secure where the public address is', async () => {
  const node = await startNode(app, { PUBLIC_URL: 'https://calls.example' });
  await addUser(app, 'remote', { administrator: true });
  const response = await node.http.inject({
    method: 'POST',
    url: '/console/sign-in',
    payload: new URLSearchParams({ username: 'remote', password: PASSWORD }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(response.statusCode, 303);
  assert.match(String(response.headers['set-cookie']), /clicktocall_console=[^;]+;.* secure;/);
});

suite('a session ends', () => {
  test('12 hours after the sign-in, however busy it was', async () => {
    const busy = await addSignedIn(app, 'busy');
    for (let minutes = 0; minutes < 700; minutes += 25) {
      await letTimePass(app, 'busy', '25 minutes');
      assert.ok(await isSignedIn(busy));
    }
    await letTimePass(app, 'busy', '20 minutes');
    assert.equal(await isSignedIn(busy), false);
  });

  test('after 30 minutes without a request', async () => {
    const idle = await addSignedIn(app, 'idle');
    await letTimePass(app, 'idle', '29 minutes');
    assert.ok(await isSignedIn(idle));
    await letTimePass(app, 'idle', '29 minutes');
    assert.ok(await isSignedIn(idle));
    await letTimePass(app, 'idle', '31 minutes');
    assert.equal(await isSignedIn(idle), false);
  });

  test('permanently when the user is disabled, even if enabled again', async () => {
    const disabled = await addSignedIn(app, 'disabled');
    await app.users.setDisabled('disabled', true, COMMAND_LINE);
    await app.users.setDisabled('disabled', false, COMMAND_LINE);
    assert.equal(await isSignedIn(disabled), false);
  });

  test('permanently when the user is no longer an administrator, even if made one again', async () => {
    const former = await addSignedIn(app, 'former');
    await app.sql(`UPDATE users SET administrator = false WHERE name = 'former'`);
    assert.equal(await isSignedIn(former), false);
    await app.sql(`UPDATE users SET administrator = true WHERE name = 'former'`);
    assert.equal(await isSignedIn(former), false);
  });

  test('with a new password, in every browser', async () => {
    const changing = await addSignedIn(app, 'changing');
    const elsewhere = atBrowser(app, 'changing');
    await signIn(elsewhere);
    await app.users.setPassword('changing', { password: `${PASSWORD} and more` }, COMMAND_LINE);
    assert.equal(await isSignedIn(changing), false);
    assert.equal(await isSignedIn(elsewhere), false);
  });

  test('with the next sign-in in the same browser: one that was planted is worth nothing', async () => {
    const planted = await addSignedIn(app, 'planted');
    await signIn(planted);
    assert.ok(await isSignedIn(planted));
    const [row] = await app.sql(
      `SELECT count(*)::integer AS sessions FROM console_sessions s JOIN users u ON u.id = s.user_id WHERE u.name = 'planted'`,
    );
    assert.deepEqual(row, { sessions: 1 });
  });
});

test('an administrator sees where they are signed in, and signs out everywhere else', async () => {
  const here = await addSignedIn(app, 'everywhere');
  const there = atBrowser(app, 'everywhere');
  const over = atBrowser(app, 'everywhere');
  await signIn(over);
  await letTimePass(app, 'everywhere', '31 minutes');
  await signIn(here);
  await there.browser.post(
    '/console/sign-in',
    { username: 'everywhere', password: PASSWORD },
    { 'user-agent': `<b>Browser</b>${'x'.repeat(300)}` },
  );
  const { text } = await here.open('/console/security');
  assert.equal(text.match(/>Last active|data-column="Last active"/g)?.length, 3);
  assert.match(text, /&(lt|#60);b&(gt|#62);Browser/);
  assert.doesNotMatch(text, /x{200}/);
  assert.equal(
    leadsTo(await here.send('/console/security/sign-out-elsewhere')),
    '/console/security?done=ended',
  );
  assert.ok(await isSignedIn(here));
  assert.equal(await isSignedIn(there), false);
});

test('a session continues on another node', async () => {
  const roaming = await addSignedIn(app, 'roaming');
  const node = await startNode(app);
  const [name, token] = await cookieOf(roaming);
  const answer = await fetch(`${node.url}/console`, { headers: { cookie: `${name}=${token}` } });
  assert.equal(answer.status, 200);
});

test('an unknown token opens nothing', async () => {
  for (const cookie of [
    'clicktocall_console=',
    'clicktocall_console=x',
    `clicktocall_console=${'A'.repeat(43)}`,
  ]) {
    const answer = await fetch(`${app.url}/console`, { headers: { cookie }, redirect: 'manual' });
    assert.equal(answer.status, 303);
  }
});

test('sign-in and sign-out are in the audit log, with the address', async () => {
  const told = await addSignedIn(app, 'told');
  await told.send('/console/sign-out');
  const rows = await app.sql(
    `SELECT a.actor, a.action, a.actor_user_id = u.id AS own, a.ip_address IS NOT NULL AS located
       FROM audit_log a JOIN users u ON u.id = a.user_id
      WHERE u.name = 'told' AND a.actor = 'administrator' ORDER BY a.id`,
  );
  const act = { actor: 'administrator', own: true, located: true };
  assert.deepEqual(rows, [
    { ...act, action: 'signedIn' },
    { ...act, action: 'signedOut' },
  ]);
});

/** Signs in once more by hand, to see the cookie itself. */
async function cookieOf(administrator: Administrator): Promise<[string, string]> {
  const answer = await signIn(administrator);
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith('clicktocall_console='));
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(cookie ?? '') ?? [];
  return [name, value];
}
