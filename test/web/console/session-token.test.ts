import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { waitingForLocks, waitsOrEnds } from '../../harness/lock-wait.ts';
import { PASSWORD } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { until } from '../../harness/until.ts';
import { type Administrator, addSignedIn, atBrowser, leadsTo, letTimePass, signIn } from './console.ts';
import { addTotp, beginTotp } from './second-factors.ts';

const clock = createTestClock(new Date());
const app = await startApp({}, clock);

/** The token that an answer sets; undefined if it sets none. */
function tokenIn(answer: Answer): string | undefined {
  const cookie = answer.headers.getSetCookie().find((each) => each.startsWith('clicktocall_console='));
  return /=([^;]+)/.exec(cookie ?? '')?.[1];
}

/** The status of the console for whoever has the token. */
async function statusWith(token: string | undefined): Promise<number> {
  const headers = { cookie: `clicktocall_console=${token}` };
  return (await fetch(`${app.url}/console`, { headers, redirect: 'manual' })).status;
}

/** The token in the administrator's browser. */
function tokenOf({ browser }: Administrator): string {
  const [, token] = /clicktocall_console=([^;]+)/.exec(browser.cookiesFor('/')) ?? [];
  assert.ok(token);
  return token;
}

/** An administrator's browser that did not get the last answer: it still has this token. */
function browserWith(token: string): Administrator {
  const administrator = atBrowser(app, 'lost');
  administrator.browser.keep(`clicktocall_console=${token}; path=/`);
  return administrator;
}

/** Ends the time in which requests with the former token may be under way. */
async function endGrace(name: string): Promise<void> {
  await app.sql(
    `UPDATE console_sessions SET former_until = former_until - interval '30 seconds'
      WHERE user_id = (SELECT id FROM users WHERE name = $1)`,
    [name],
  );
}

/** Takes a step that must replace the token. @returns the new token */
async function replaced(administrator: Administrator, step: () => Promise<Answer>): Promise<string> {
  const former = tokenOf(administrator);
  const answer = await step();
  assert.equal(answer.status, 303, answer.text);
  const token = tokenIn(answer);
  assert.ok(token && token !== former, 'a new token');
  assert.equal(await statusWith(former), 200, 'the former token still works');
  assert.equal(await statusWith(token), 200);
  await endGrace(administrator.name);
  assert.equal(await statusWith(former), 303, 'the former token opens nothing');
  return token;
}

suite('the token of a console session is replaced, and the former one is dead,', () => {
  test('when a second factor is added', async () => {
    const ada = await addSignedIn(app, 'ada');
    const phone = await beginTotp(ada, clock);
    const token = await replaced(ada, () => ada.send('/console/security/totp', { code: phone.code() }));
    assert.equal(await statusWith(token), 200);
    assert.equal((await ada.open('/console/security')).status, 200);
  });

  test('when the second factor is shown at the sign-in', async () => {
    const phone = await addTotp(await addSignedIn(app, 'bella'), clock);
    const bella = atBrowser(app, 'bella');
    await signIn(bella);
    const code = phone.code();
    const token = await replaced(bella, () => bella.send('/console/second-factor/code', { code }));
    assert.equal(await statusWith(token), 200);
  });

  test('when it is shown again in an open session', async () => {
    const cora = await addSignedIn(app, 'cora');
    const phone = await addTotp(cora, clock);
    const code = phone.code();
    await replaced(cora, () => cora.send('/console/second-factor/code', { code }));
    assert.equal((await cora.open('/console')).status, 200);
  });
});

test('entering the password again leaves the token as it is', async () => {
  const dora = await addSignedIn(app, 'dora');
  await letTimePass(app, 'dora', '11 minutes');
  const answer = await dora.send('/console/security/confirm', { password: PASSWORD });
  assert.equal(leadsTo(answer), '/console/security');
  assert.equal(tokenIn(answer), undefined);
  assert.equal(leadsTo(await dora.send('/console/security/totp/begin')), '/console/security/totp');
});

test('a wrong code leaves the token as it is', async () => {
  const emma = await addSignedIn(app, 'emma');
  await addTotp(emma, clock);
  const answer = await emma.send('/console/second-factor/code', { code: '000000' });
  assert.equal(answer.status, 403);
  assert.equal(tokenIn(answer), undefined);
  assert.equal((await emma.open('/console')).status, 200);
});

test('the session stays the same one: it ends when it would have ended', async () => {
  const fiona = await addSignedIn(app, 'fiona');
  const [before] = await app.sql(
    `SELECT signed_in_at FROM console_sessions WHERE user_id = (SELECT id FROM users WHERE name = 'fiona')`,
  );
  await addTotp(fiona, clock);
  const after = await app.sql(
    `SELECT signed_in_at FROM console_sessions WHERE user_id = (SELECT id FROM users WHERE name = 'fiona')`,
  );
  assert.deepEqual(after, [before]);
});

test('a lost answer with the new token signs no session out, and a second factor can be added after it', async () => {
  const gina = await addSignedIn(app, 'gina');
  const former = tokenOf(gina);
  await addTotp(gina, clock);
  const lost = browserWith(former);
  await letTimePass(app, 'gina', '5 minutes');
  assert.equal((await lost.open('/console')).status, 200);
  await addTotp(lost, clock, 'Second phone');
  assert.notEqual(tokenOf(lost), former);
  assert.equal((await lost.open('/console')).status, 200);
  await endGrace('gina');
  assert.equal(await statusWith(former), 303);
});

test('a token that was replaced and is no longer in use cannot be renewed', async () => {
  const hope = await addSignedIn(app, 'hope');
  const former = tokenOf(hope);
  const phone = await addTotp(hope, clock);
  assert.equal((await hope.open('/console')).status, 200);
  const late = browserWith(former);
  const answer = await late.send('/console/second-factor/code', { code: phone.code() });
  assert.match(leadsTo(answer), /^\/console\/sign-in/);
  assert.equal(tokenIn(answer), undefined);
});

/** Starts both steps, and lets neither change the session before both have read it. @returns the answers */
async function atOnce(name: string, ...steps: readonly (() => Promise<Answer>)[]): Promise<Answer[]> {
  let sent: Promise<Answer>[] = [];
  await app.database.transaction(async (tx) => {
    // An addition locks this row after the session was read.
    await tx.query({ name: 'hold_user', text: 'SELECT 1 AS one FROM users WHERE name = $1 FOR UPDATE' }, [
      name,
    ]);
    sent = steps.map((step) => step());
    await until('all wait', async () => (await waitingForLocks(app)) === steps.length);
  });
  return Promise.all(sent);
}

test('of two simultaneous additions one gets a new token, and neither signs the user out or owes a factor', async () => {
  const iris = await addSignedIn(app, 'iris');
  const phone = await beginTotp(iris, clock);
  const add = () => iris.send('/console/security/totp', { code: phone.code() });
  const answers = await atOnce('iris', add, add);
  assert.deepEqual(answers.map(leadsTo).sort(), ['/console/security?done=added', '/console/sign-in']);
  assert.equal(answers.filter((answer) => tokenIn(answer)).length, 1);
  assert.equal(
    leadsTo(await iris.open('/console/sign-in')),
    '/console',
    'the sign-in leads back to the console',
  );
  assert.equal((await iris.open('/console')).status, 200);
  const factors = await app.sql(
    `SELECT f.name FROM second_factors f JOIN users u ON u.id = f.user_id WHERE u.name = 'iris'`,
  );
  assert.equal(factors.length, 1, 'the app was added once');
});

test('a session that ends while a second factor is added gets no token, and the factor is not added', async () => {
  const jane = await addSignedIn(app, 'jane');
  const phone = await beginTotp(jane, clock);
  const add = () => jane.send('/console/security/totp', { code: phone.code() });
  let sent: Promise<Answer> | undefined;
  await app.database.transaction(async (tx) => {
    await tx.query(
      { name: 'hold_jane', text: `SELECT 1 AS one FROM users WHERE name = 'jane' FOR UPDATE` },
      [],
    );
    sent = add();
    await waitsOrEnds(app, sent);
    await tx.query(
      {
        name: 'end_jane',
        text: `DELETE FROM console_sessions WHERE user_id = (SELECT id FROM users WHERE name = 'jane')`,
      },
      [],
    );
  });
  const answer = await sent;
  assert.ok(answer);
  assert.match(leadsTo(answer), /^\/console\/sign-in/);
  assert.equal(tokenIn(answer), undefined);
  assert.deepEqual(
    await app.sql(`SELECT 1 FROM second_factors WHERE user_id = (SELECT id FROM users WHERE name = 'jane')`),
    [],
  );
});

test('a session that ends while its second factor is verified gets no token, and no sign-in is recorded', async () => {
  const phone = await addTotp(await addSignedIn(app, 'kate'), clock);
  const kate = atBrowser(app, 'kate');
  await signIn(kate);
  const signIns = () =>
    app.sql(
      `SELECT 1 FROM audit_log WHERE action = 'signedIn' AND details ->> 'secondFactor' = 'totp'
         AND user_id = (SELECT id FROM users WHERE name = 'kate')`,
    );
  const before = await signIns();
  let sent: Promise<Answer> | undefined;
  await app.database.transaction(async (tx) => {
    await tx.query(
      {
        name: 'hold_kate',
        text: `SELECT 1 AS one FROM second_factors WHERE user_id = (SELECT id FROM users WHERE name = 'kate') FOR UPDATE`,
      },
      [],
    );
    sent = kate.send('/console/second-factor/code', { code: phone.code() });
    await waitsOrEnds(app, sent);
    await tx.query(
      {
        name: 'end_kate',
        text: `DELETE FROM console_sessions WHERE user_id = (SELECT id FROM users WHERE name = 'kate')`,
      },
      [],
    );
  });
  const answer = await sent;
  assert.ok(answer);
  assert.match(leadsTo(answer), /^\/console\/sign-in/);
  assert.equal(tokenIn(answer), undefined);
  assert.deepEqual(await signIns(), before);
});
