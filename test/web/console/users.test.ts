import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken, PASSWORD } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { addSignedIn, atBrowser, fieldValue, leadsTo, signIn } from './console.ts';

const app = await startApp({ DEFAULT_COUNTRY: 'GB', MAX_ONGOING_CALLS: '3' });
const client = await addClassicClient(app, 'My <i>CRM</i>');
const ada = await addSignedIn(app, 'ada');
const HOSTILE = '"><script>alert(1)</script>';

const rowOf = async (name: string) =>
  (
    await app.sql(
      `SELECT administrator, max_ongoing_calls AS limit, disabled_at IS NOT NULL AS disabled, sip_address AS phone,
              ARRAY(SELECT number FROM user_numbers n WHERE n.user_id = u.id ORDER BY is_default DESC, number) AS numbers
         FROM users u WHERE name = $1`,
      [name],
    )
  )[0];

const actsOn = async (name: string) =>
  (
    await app.sql<{ action: string }>(
      `SELECT action FROM audit_log a JOIN users u ON u.id = a.user_id
        WHERE u.name = $1 AND a.actor = 'administrator' ORDER BY a.id`,
      [name],
    )
  ).map(({ action }) => action);

async function canSignIn(name: string, password: string): Promise<boolean> {
  await app.sql(`UPDATE users SET administrator = true WHERE name = $1`, [name]);
  const { status } = await signIn(atBrowser(app, name), { password });
  await app.sql(`UPDATE users SET administrator = false WHERE name = $1`, [name]);
  return status === 303;
}

suite('the list', () => {
  test('shows users by name, with what they are and how much of their limit is in use', async () => {
    await addUser(app, 'list-b', { numbers: ['+447700900001', '+447700900002', '+447700900003'] });
    await addUser(app, 'LIST-a', { limit: 5, administrator: true });
    await addUser(app, 'list-c');
    await app.sql(`UPDATE users SET disabled_at = now() WHERE name = 'list-c'`);
    const { text } = await ada.open('/console/users?name=List-');
    const rows = text
      .split('<tr ')
      .slice(2)
      .map((row) => row.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '));
    assert.equal(rows.length, 3);
    assert.match(rows[0] ?? '', /LIST-a administrator 0 of 5 none /);
    assert.match(rows[1] ?? '', /list-b 0 of 2 \+447700900001 and 2 more/);
    assert.match(rows[2] ?? '', /list-c disabled/);
    assert.match(text, /href="\/console\/users\/list-b"/);
  });

  test('has pages within the search', async () => {
    await app.sql(
      `INSERT INTO users (name, password_hash, max_ongoing_calls) SELECT 'page-' || lpad(n::text, 3, '0'), 'x', 1 FROM generate_series(1, 120) n`,
    );
    const seen: string[] = [];
    let path: string | undefined = '/console/users?name=page-';
    for (let pages = 0; path !== undefined; pages++) {
      assert.ok(pages < 4);
      const { text } = await ada.open(path);
      seen.push(...[...text.matchAll(/href="\/console\/users\/(page-\d+)"/g)].map(([, name]) => name ?? ''));
      path = /<a href="([^"]+)" rel="next">/
        .exec(text)?.[1]
        ?.replaceAll('&#38;', '&')
        .replaceAll('&#61;', '=');
    }
    assert.equal(seen.length, 120);
    assert.deepEqual(seen, [...seen].sort());
  });

  test('shows that no user matches, with the search as text', async () => {
    const { status, text } = await ada.open(`/console/users?${new URLSearchParams({ name: HOSTILE })}`);
    assert.equal(status, 200);
    assert.match(text, /No user’s name starts with/);
    assert.doesNotMatch(text, /<script>alert/);
    assert.equal(
      (await ada.open('/console/users?name=%25')).text.includes('No user’s name starts with'),
      true,
    );
  });
});

suite('adding a user', () => {
  const filled = {
    name: 'new-user',
    limit: '4',
    numbers: ' 07700 900010 \r\n\r\n+447700900011',
    phone: ' sip:new-user@pbx.example.com ',
    password: 'typed one',
  };

  test('the form proposes the server’s limit', async () => {
    assert.equal(fieldValue((await ada.open('/console/new-user')).text, 'limit'), '3');
  });

  test('with a password that was typed', async () => {
    const answer = await ada.send('/console/new-user', filled);
    assert.equal(leadsTo(answer), '/console/users/new-user?done=added');
    const page = await ada.open('/console/users/new-user?done=added');
    assert.match(page.text, /role="status">The user is added\.</);
    assert.deepEqual(await rowOf('new-user'), {
      ...{ administrator: false, limit: 4, disabled: false, phone: 'sip:new-user@pbx.example.com' },
      numbers: ['+447700900010', '+447700900011'],
    });
    assert.ok(await canSignIn('new-user', 'typed one'));
    assert.deepEqual(await actsOn('new-user'), ['userAdded', 'signedIn']);
  });

  test('with one that is made, shown once and kept by nothing', async () => {
    const answer = await ada.send('/console/new-user', {
      ...filled,
      name: 'made',
      password: '',
      administrator: 'true',
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const password = /<pre[^>]*>([^<]+)<\/pre>/.exec(answer.text)?.[1] ?? '';
    assert.match(password, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    assert.equal((await rowOf('made'))?.['administrator'], true);
    assert.equal((await signIn(atBrowser(app, 'made'), { password })).status, 303);
    assert.doesNotMatch((await ada.open('/console/users/made')).text, new RegExp(password));
  });

  for (const [wrong, given, message] of [
    ['a name that is none', { name: HOSTILE }, /name must have 1 to 64 characters/],
    ['a name that is taken', { name: 'ADA' }, /There is already a user &#34;ADA&#34;\./],
    ['a limit that is no number', { limit: 'many' }, /limit must be a whole number/],
    ['a limit too high', { limit: '10001' }, /limit must be a whole number/],
    ['a number that is none', { numbers: '12\n+447700900011' }, /must be a phone number/],
    ['a SIP address that is none', { phone: 'new-user' }, /SIP address must have a form such as/],
    ['a password too short', { password: 'abc' }, /password must have 8 to 1024 characters/],
  ] as const) {
    test(`not with ${wrong}; what was typed stays, but for the password`, async () => {
      const typed = { ...filled, name: 'refused', ...given };
      const answer = await ada.send('/console/new-user', typed);
      assert.ok([400, 409].includes(answer.status));
      assert.match(answer.text, /role="alert"/);
      assert.match(answer.text, message);
      assert.doesNotMatch(answer.text, /<script>alert|typed one/);
      assert.equal(fieldValue(answer.text, 'limit'), typed.limit);
      assert.ok(answer.text.includes(typed.numbers.split('\n').at(-1) ?? ''));
      assert.equal(await rowOf('refused'), undefined);
    });
  }
});

suite('a user’s page', () => {
  test('shows the user, with links to calls and acts, case-insensitively', async () => {
    await addUser(app, 'Anna@x+y.z', { limit: 2, numbers: ['+447700900020'] });
    const { status, text } = await ada.open('/console/users/anna%40x%2By.z');
    assert.equal(status, 200);
    assert.match(text, /<h1>Anna@x\+y\.z<\/h1>/);
    assert.match(text, /href="\/console\/calls\?user&#61;Anna%40x%2By\.z"/);
    assert.match(text, /href="\/console\/audit-log\?user&#61;Anna%40x%2By\.z"/);
    assert.match(text, /0 of 2/);
  });

  test('for an unknown name shows an error in the console’s frame, with the name as text', async () => {
    const { status, text } = await ada.open(`/console/users/${encodeURIComponent(HOSTILE)}`);
    assert.equal(status, 404);
    assert.match(text, /role="alert">There is no user/);
    assert.match(text, /<nav aria-label="Console">/);
    assert.doesNotMatch(text, /<script>alert/);
  });

  test('sets the limit', async () => {
    await addUser(app, 'limited');
    const answer = await ada.send('/console/users/limited/limit', { limit: ' 7 ' });
    assert.equal(leadsTo(answer), '/console/users/limited?done=limit');
    assert.equal((await rowOf('limited'))?.['limit'], 7);
    for (const limit of ['', '-1', '1e3', '10001', HOSTILE]) {
      const refused = await ada.send('/console/users/limited/limit', { limit });
      assert.equal(refused.status, 400, limit);
      assert.match(refused.text, /role="alert">[^<]*limit must be a whole number/i);
      assert.doesNotMatch(refused.text, /<script>alert/);
    }
    assert.equal((await rowOf('limited'))?.['limit'], 7);
    assert.deepEqual(await actsOn('limited'), ['userLimitChanged']);
  });

  test('sets the numbers, also to none', async () => {
    await addUser(app, 'numbered');
    const path = '/console/users/numbered/numbers';
    assert.equal(
      leadsTo(await ada.send(path, { numbers: '+447700900031\r\n07700 900030' })),
      '/console/users/numbered?done=numbers',
    );
    assert.deepEqual((await rowOf('numbered'))?.['numbers'], ['+447700900031', '+447700900030']);
    const refused = await ada.send(path, { numbers: `+447700900031\n${HOSTILE}` });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /must be a phone number/);
    assert.match(refused.text, /<textarea[^>]*>\+447700900031\n&#34;/);
    await ada.send(path, { numbers: '' });
    assert.deepEqual((await rowOf('numbered'))?.['numbers'], []);
  });

  test('sets the SIP address, also to none', async () => {
    await addUser(app, 'ringing');
    const path = '/console/users/ringing/phone';
    const set = await ada.send(path, { phone: 'sip:ringing@pbx.example.com' });
    assert.equal(leadsTo(set), '/console/users/ringing?done=phone');
    assert.equal((await rowOf('ringing'))?.['phone'], 'sip:ringing@pbx.example.com');
    const refused = await ada.send(path, { phone: HOSTILE });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /SIP address must have a form such as/);
    assert.doesNotMatch(refused.text, /<script>alert/);
    await ada.send(path, { phone: ' ' });
    assert.equal((await rowOf('ringing'))?.['phone'], null);
    assert.deepEqual(await actsOn('ringing'), ['userSipAddressChanged', 'userSipAddressChanged']);
  });

  test('resets the password: to one that is typed, or to one that is made and shown once', async () => {
    await addUser(app, 'forgetful');
    const path = '/console/users/forgetful/password';
    assert.equal(
      leadsTo(await ada.send(path, { password: 'chosen one' })),
      '/console/users/forgetful?done=password',
    );
    assert.ok(await canSignIn('forgetful', 'chosen one'));
    const made = await ada.send(path);
    assert.equal(made.headers.get('cache-control'), 'no-store');
    const password = /<pre[^>]*>([^<]+)<\/pre>/.exec(made.text)?.[1] ?? '';
    assert.ok(await canSignIn('forgetful', password));
    assert.equal(await canSignIn('forgetful', 'chosen one'), false);
    const refused = await ada.send(path, { password: 'abc' });
    assert.equal(refused.status, 400);
    assert.match(refused.text, /password must have 8 to 1024 characters/);
    assert.doesNotMatch(refused.text, /abc"|>abc/);
  });

  test('disables, after a page that says what ends, and enables', async () => {
    await addUser(app, 'annoying', { limit: 5 });
    const token = await classicToken(app, client, 'annoying');
    const id = await openCall(app, token);
    const confirmation = await ada.open('/console/users/annoying/disable');
    assert.match(confirmation.text, /1 ongoing call will end immediately/);
    assert.deepEqual((await rowOf('annoying'))?.['disabled'], false);
    assert.equal(
      leadsTo(await ada.send('/console/users/annoying/disable')),
      '/console/users/annoying?done=disabled',
    );
    assert.equal((await rowOf('annoying'))?.['disabled'], true);
    assert.deepEqual(await app.sql('SELECT ended_by FROM calls WHERE id = $1', [id]), [
      { ended_by: 'revocation' },
    ]);
    assert.match((await ada.open('/console/users/annoying')).text, /Enable user/);
    assert.equal(
      leadsTo(await ada.send('/console/users/annoying/enable')),
      '/console/users/annoying?done=enabled',
    );
    assert.equal((await rowOf('annoying'))?.['disabled'], false);
    assert.deepEqual(await actsOn('annoying'), ['userDisabled', 'userEnabled']);
  });

  test('never disables who looks at it', async () => {
    assert.match((await ada.open('/console/users/ada')).text, /You cannot disable yourself/);
    assert.doesNotMatch((await ada.open('/console/users/ada')).text, /users\/ada\/disable/);
    const answer = await ada.send('/console/users/ADA/disable');
    assert.equal(answer.status, 409);
    assert.match(answer.text, /role="alert">You cannot disable yourself\. Ask another administrator\.</);
    assert.equal((await rowOf('ada'))?.['disabled'], false);
  });

  test('withdraws what an application may do, after a page that says what ends', async () => {
    await addUser(app, 'granting', { limit: 5 });
    const id = await openCall(app, await classicToken(app, client, 'granting'));
    await app.sql(
      `UPDATE grants SET last_used_at = '2026-01-31T08:30:00Z' WHERE user_id = (SELECT id FROM users WHERE name = 'granting')`,
    );
    const page = await ada.open('/console/users/granting');
    assert.match(page.text, /data-column="Last used"[^>]*><time datetime="2026-01-31T08:30:00.000Z">/);
    assert.match(page.text, /My &#60;i&#62;CRM&#60;\/i&#62;/);
    const path = `/console/users/granting/grants/${client.id}/withdraw`;
    assert.ok(page.text.includes(`href="${path}"`));
    assert.match(
      (await ada.open(path)).text,
      /Ongoing calls that it opened for this user will end immediately/,
    );
    assert.equal(leadsTo(await ada.send(path)), '/console/users/granting?done=withdrawn');
    assert.deepEqual(await app.sql('SELECT ended_by FROM calls WHERE id = $1', [id]), [
      { ended_by: 'revocation' },
    ]);
    assert.match((await ada.open('/console/users/granting')).text, /has not allowed any application/);
    assert.equal((await ada.open(path)).status, 404);
    assert.equal((await ada.send(path)).status, 404);
  });
});

test('no form is taken from another site', async () => {
  await addUser(app, 'safe');
  for (const [path, form] of [
    ['/console/new-user', { name: 'forged', limit: '1', password: PASSWORD }],
    ['/console/users/safe/limit', { limit: '9' }],
    ['/console/users/safe/numbers', { numbers: '+447700900040' }],
    ['/console/users/safe/phone', { phone: 'sip:safe@pbx.example.com' }],
    ['/console/users/safe/password', { password: 'forged' }],
    ['/console/users/safe/disable', {}],
    ['/console/users/safe/enable', {}],
    [`/console/users/safe/grants/${client.id}/withdraw`, {}],
  ] as const)
    assert.equal((await ada.browser.post(path, form, { 'sec-fetch-site': 'cross-site' })).status, 403, path);
  const { numbers, ...rest } = (await rowOf('safe')) ?? {};
  assert.deepEqual(rest, { administrator: false, limit: 2, disabled: false, phone: null });
  assert.deepEqual(numbers, []);
});
