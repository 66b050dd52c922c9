import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as oauth from 'openid-client';
import { startApp, startNode, type TestApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addModernClient, addUser, bearer, PASSWORD } from '../../harness/people.ts';
import { createTestClock } from '../../harness/test-clock.ts';
import { request } from '../../platform/http/request.ts';
import {
  authorizationUrl,
  callStatus,
  configure,
  redeem,
  refresh,
  refusal,
  type Tokens,
} from '../oauth/modern-walk.ts';
import { addSignedIn, SENDS_FORM } from './console.ts';
import { addTotp, insertSecondFactor } from './second-factors.ts';

const clock = createTestClock();
const app = await startApp({}, clock);
const strict = await startNode(app, { CONSOLE_SECOND_FACTOR: 'required' }, clock);
const client = await addModernClient(app);
const [config, strictConfig] = [await configure(app, client), await configure(strict, client)];
/** The same database, but another operator's setting. */
const configOf = (node: TestApp) => (node === app ? config : strictConfig);

interface Allowing {
  readonly answer: Answer;
  readonly verifier: string;
}

/**
 * Signs in to the application with the password, and allows it what it asks for. The answer leads to the application, or says why
 * that is refused.
 */
async function allow(
  browser: Browser,
  name: string,
  { node = app, scope = 'call admin', prompt = 'consent', resource = '' } = {},
): Promise<Allowing> {
  const { url, verifier } = await authorizationUrl(configOf(node), {
    scope,
    prompt,
    ...(resource !== '' && { resource }),
  });
  let answer = await browser.get(url.href);
  while (answer.location.startsWith(node.url)) {
    const { location } = answer;
    const page = await browser.get(location, { accept: 'text/html' });
    if (page.location !== '') answer = page;
    else {
      const form = { username: name, password: PASSWORD, grant: 'true' };
      answer = await browser.post(location, form, SENDS_FORM);
    }
  }
  return { answer, verifier };
}

const isGranted = ({ answer }: Allowing) => answer.status === 303 && /[?&]code=/.test(answer.location);

/** @returns what the application gets */
async function obtain(
  browser: Browser,
  name: string,
  options: Parameters<typeof allow>[2] = {},
): Promise<Tokens> {
  const { answer, verifier } = await allow(browser, name, options);
  assert.equal(answer.status, 303, answer.text);
  return redeem(configOf(options.node ?? app), { callback: new URL(answer.location), verifier });
}

const administer = (token: string, node = app) => request(node, 'GET', '/admin/users', bearer(token));

async function assertAdministers(token: string, node = app): Promise<void> {
  const answer = await administer(token, node);
  assert.equal(answer.status, 200, answer.text);
}

async function assertNeedsSecondFactor(token: string, node = app): Promise<void> {
  const answer = await administer(token, node);
  assert.equal(answer.status, 403, answer.text);
  assert.equal(answer.json()['error'], 'second_factor_required');
  assert.match(String(answer.json()['message']), /granted with a password alone.*needs a second factor/);
  const challenge = answer.headers.get('www-authenticate') ?? '';
  assert.match(challenge, /Bearer realm="clicktocall", error="insufficient_scope", .*scope="admin"/);
}

test('an administrator without a second factor lets an application administer with the password', async () => {
  await addUser(app, 'plain', { administrator: true });
  const tokens = await obtain(new Browser(app.url), 'plain');
  assert.equal(tokens.scope, 'call admin');
  await assertAdministers(tokens.access);
  await assertAdministers((await refresh(config, tokens.refresh)).access);
});

test('a user with a second factor must verify it in this browser, even if the application was allowed before', async () => {
  const careful = await addSignedIn(app, 'careful');
  assert.ok(isGranted(await allow(new Browser(app.url), 'careful')));
  await addTotp(careful, clock);

  const { answer } = await allow(new Browser(app.url), 'careful');
  assert.equal(answer.status, 400, answer.location);
  assert.match(answer.text, /first sign in to the console \(\/console\) in this browser/);
  assert.match(answer.text, /<button[^>]*value="true"[^>]*>Allow/);
  const tokens = await obtain(careful.browser, 'careful');
  for (const node of [app, strict]) {
    await assertAdministers(tokens.access, node);
    await assertAdministers((await refresh(configOf(node), tokens.refresh)).access, node);
  }
});

test('an authorization without a question is as good as one with it', async () => {
  const quick = await addSignedIn(app, 'quick');
  await addTotp(quick, clock);
  await obtain(quick.browser, 'quick');
  const tokens = await obtain(quick.browser, 'quick', { prompt: 'none' });
  await assertAdministers(tokens.access, strict);
});

test('a session in the console that still owes the second factor is not enough', async () => {
  const owing = await addSignedIn(app, 'owing');
  await addTotp(owing, clock);
  await app.sql(
    `UPDATE console_sessions SET second_factor_owed = true WHERE user_id = (SELECT id FROM users WHERE name = 'owing')`,
  );
  assert.equal((await allow(owing.browser, 'owing')).answer.status, 400);
});

test('an expired session or another user’s is not enough', async () => {
  const idle = await addSignedIn(app, 'idle');
  await addTotp(idle, clock);
  const other = await addSignedIn(app, 'other');
  await addTotp(other, clock);
  assert.equal((await allow(other.browser, 'idle')).answer.status, 400);
  await app.sql(
    `UPDATE console_sessions SET seen_at = now() - interval '31 minutes'
      WHERE user_id = (SELECT id FROM users WHERE name = 'idle')`,
  );
  assert.equal((await allow(idle.browser, 'idle')).answer.status, 400);
});

test('where a second factor is required, who has none lets no application administer', async () => {
  await addUser(app, 'bare', { administrator: true });
  assert.equal((await allow(new Browser(strict.url), 'bare', { node: strict })).answer.status, 400);
});

suite('the first second factor', () => {
  test('ends what applications that can administer got with the password alone, and nothing else', async () => {
    const late = await addSignedIn(app, 'late');
    const tokens = await obtain(new Browser(app.url), 'late');
    const others = await obtain(new Browser(app.url), 'late', { scope: 'call' });
    const pending = await allow(new Browser(app.url), 'late');
    await addTotp(late, clock);

    assert.equal((await administer(tokens.access)).status, 401);
    assert.equal(await callStatus(app, tokens.access), 401);
    await assert.rejects(refresh(config, tokens.refresh), refusal('invalid_grant'));
    const callback = new URL(pending.answer.location);
    await assert.rejects(redeem(config, { callback, verifier: pending.verifier }), refusal('invalid_grant'));
    assert.equal(await callStatus(app, others.access), 200);
    assert.equal((await refresh(config, others.refresh)).scope, 'call');
    const [act] = await app.sql<{ details: unknown }>(
      `SELECT details FROM audit_log WHERE action = 'secondFactorAdded'
          AND user_id = (SELECT id FROM users WHERE name = 'late')`,
    );
    assert.deepEqual(act?.details, { kind: 'totp', endedClients: [client.client.id] });
  });

  test('is needed at once by what was granted at the same moment', async () => {
    await addUser(app, 'racing', { administrator: true });
    const { access } = await obtain(new Browser(app.url), 'racing');
    await assertAdministers(access);
    await insertSecondFactor(app, 'racing');
    await assertNeedsSecondFactor(access);
    assert.equal(await callStatus(app, access), 200);
  });
});

suite('once a second factor is needed, a refresh of what was granted with the password alone', () => {
  test('gets the other scopes', async () => {
    await addUser(app, 'both', { administrator: true });
    const tokens = await obtain(new Browser(app.url), 'both', {
      scope: 'call admin click-to-dial:calls:read',
    });
    await assertAdministers((await refresh(config, tokens.refresh)).access);
    const refreshed = await refresh(strictConfig, tokens.refresh);
    assert.equal(refreshed.scope, 'call click-to-dial:calls:read');
    assert.equal((await administer(refreshed.access)).json()['error'], 'scope_missing');
    assert.equal(await callStatus(app, refreshed.access), 200);
    await assert.rejects(refresh(strictConfig, tokens.refresh, { scope: 'admin' }), refusal('invalid_scope'));
  });

  for (const scope of ['admin', 'admin offline_access']) {
    test(`of ${scope} is refused, and says why`, async () => {
      const name = scope.replace(' ', '-');
      await addUser(app, name, { administrator: true });
      const tokens = await obtain(new Browser(app.url), name, { scope });
      await assert.rejects(refresh(strictConfig, tokens.refresh), {
        ...refusal('invalid_grant'),
        error_description: /scope admin was granted with a password alone, and now needs a second factor/,
      });
      await assertAdministers((await refresh(config, tokens.refresh)).access);
    });
  }
});

test('where a second factor is required, no token that was granted with the password alone administers', async () => {
  await addUser(app, 'strict', { administrator: true });
  const { access } = await obtain(new Browser(app.url), 'strict');
  await assertAdministers(access);
  await assertNeedsSecondFactor(access, strict);
  assert.equal(await callStatus(strict, access), 200);
  const seen = async (by: oauth.Configuration) => (await oauth.tokenIntrospection(by, access)).scope;
  assert.deepEqual([await seen(config), await seen(strictConfig)], ['call admin', 'call']);
});

suite('where a second factor is required, a refresh of a token for one API', async () => {
  /** At the same public URL. */
  const other = await startNode(app, { CONSOLE_SECOND_FACTOR: 'required', PUBLIC_URL: app.url }, clock);
  let administrators = 0;

  async function refreshOf(scope: string, resource: string): Promise<Response> {
    const name = `restricted-${++administrators}`;
    await addUser(app, name, { administrator: true });
    const { answer, verifier } = await allow(new Browser(app.url), name, { scope, resource });
    const tokens = await redeem(config, { callback: new URL(answer.location), verifier });
    return fetch(`http://localhost:${other.config.port}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.client.id}:${client.secret}`)}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh }),
    });
  }

  test('fails and names admin, if nothing else is left at the admin API', async () => {
    for (const scope of ['admin', 'openid admin']) {
      const answer = await refreshOf(scope, `${app.url}/admin`);
      const { error, error_description: description } = (await answer.json()) as Record<string, string>;
      assert.deepEqual([answer.status, error], [400, 'invalid_grant'], scope);
      assert.match(description ?? '', /scope admin .* needs a second factor/);
    }
  });

  test('succeeds at another API', async () => {
    const answer = await refreshOf('call', `${app.url}/rest`);
    assert.equal(answer.status, 200);
  });
});
