import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import type { Answer } from '../../harness/browser.ts';
import { PASSWORD } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
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

/** Takes a step that must replace the token. @returns the new token */
async function replaced(administrator: Administrator, step: () => Promise<Answer>): Promise<string> {
  const [, former] = /clicktocall_console=([^;]+)/.exec(administrator.browser.cookiesFor('/')) ?? [];
  assert.ok(former);
  const answer = await step();
  assert.equal(answer.status, 303, answer.text);
  const token = tokenIn(answer);
  assert.ok(token && token !== former, 'a new token');
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

  test('when the password is entered again', async () => {
    const dora = await addSignedIn(app, 'dora');
    await letTimePass(app, 'dora', '11 minutes');
    await replaced(dora, () => dora.send('/console/security/confirm', { password: PASSWORD }));
    assert.equal(leadsTo(await dora.send('/console/security/totp/begin')), '/console/security/totp');
  });
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

test('an authenticator app that is being set up has to be set up again after the token was replaced', async () => {
  const gina = await addSignedIn(app, 'gina');
  const phone = await beginTotp(gina, clock);
  await gina.send('/console/security/confirm', { password: PASSWORD });
  assert.equal(leadsTo(await gina.open('/console/security/totp')), '/console/security');
  const refused = await gina.send('/console/security/totp', { code: phone.code() });
  assert.equal(refused.status, 400);
  assert.match(refused.text, /already added, or you started to set it up in another window/);
});
