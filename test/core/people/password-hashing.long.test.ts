import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { type Answer, Browser } from '../../harness/browser.ts';
import { addClassicClient, addUser, bearer, PASSWORD } from '../../harness/people.ts';
import { slowness } from '../../harness/slowness.ts';
import { addAdministrator } from '../../web/admin-api/administrator.ts';
import { signedInBrowser } from '../../web/classic/flow.ts';

const METRICS_TOKEN = 'a-token-for-metrics';
const FLOOD = 600;
/** The longest that a hash for a known browser waits; see src/core/people/password-hasher.ts. */
const MAX_WAIT_MS = 4_000;

const app = await startApp({ TRUST_PROXY: 'true', METRICS_TOKEN });
const client = await addClassicClient(app);
const rosa = await addAdministrator(app);
await addUser(app, 'anna');
const known = await signedInBrowser(app, client, 'anna');

const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
};

/** Wrong sign-ins for as many names from as many addresses, all at once. */
function flood(): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: FLOOD }, (_, n) =>
      new Browser(app.url).post(
        '/sign-in',
        { username: `no one ${n}`, password: 'wrong' },
        { 'x-forwarded-for': `198.51.${n >> 8}.${n & 255}` },
      ),
    ),
  );
}

async function metric(name: string): Promise<number> {
  const { text } = await new Browser(app.url).get('/metrics', bearer(METRICS_TOKEN));
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('a flood of sign-ins from many addresses is shed; known browsers sign in within bounded time, and the server stays ready', async () => {
  const flooding = timed(flood);
  const [[right, rightMs], [ready, readyMs]] = await Promise.all([
    timed(() => known.post('/sign-in', { username: 'anna', password: PASSWORD })),
    timed(() => new Browser(app.url).get('/readyz')),
  ]);
  const [answers, allMs] = await flooding;

  const statuses = Object.groupBy(answers, ({ status }) => status);
  assert.deepEqual(Object.keys(statuses).sort(), ['403', '503']);
  for (const shed of statuses[503] ?? []) {
    assert.equal(shed.json()['error'], 'password_hashing_busy');
    assert.ok(Number(shed.headers.get('retry-after')) >= 1);
    assert.equal(shed.json()['retryAfterSeconds'], Number(shed.headers.get('retry-after')));
  }
  assert.equal(right.status, 303, right.text);
  assert.equal(ready.status, 200);
  const slow = await slowness();
  assert.ok(rightMs < (MAX_WAIT_MS + 1_000) * slow, `a right sign-in took ${rightMs} ms`);
  assert.ok(readyMs < 1_000 * slow, `readyz took ${readyMs} ms`);
  assert.ok(allMs < (MAX_WAIT_MS + 2_000) * slow, `the flood took ${allMs} ms`);
  assert.equal(await metric('clicktocall_password_hashes_refused_total'), statuses[503]?.length);
  assert.equal(await metric('clicktocall_password_hashes_waiting'), 0);

  const [afterwards] = await timed(() => known.post('/sign-in', { username: 'anna', password: PASSWORD }));
  assert.equal(afterwards.status, 303, 'and then people sign in as before');
});

test('a sign-in that was shed counts as no wrong password', async () => {
  await app.sql('DELETE FROM password_failures');
  await app.sql('DELETE FROM sign_in_attempts');
  const answers = await flood();
  const examined = answers.filter(({ status }) => status === 403).length;
  assert.ok(examined < FLOOD);
  const errors = answers.filter(({ status }) => status !== 403).map((shed) => shed.json()['error']);
  assert.deepEqual([...new Set(errors)], ['password_hashing_busy']);
  const [row] = await app.sql(
    `SELECT (SELECT sum(failures)::integer FROM password_failures) AS failures,
            (SELECT sum(points)::integer FROM sign_in_attempts WHERE key LIKE 'name-address:%') AS points`,
  );
  assert.deepEqual(row, { failures: examined, points: examined });
});

test('the sign-in page shows the form again, with what to do', async () => {
  const flooding = flood();
  const pages = await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      new Browser(app.url).post(
        '/sign-in',
        { username: `page ${n}`, password: 'wrong' },
        { 'x-forwarded-for': `203.0.113.${n}`, accept: 'text/html' },
      ),
    ),
  );
  await flooding;
  const page = pages.find(({ status }) => status === 503);
  assert.match(
    page?.text ?? '',
    /role="alert">Too many passwords are being checked right now\. Try again in a few seconds\./,
  );
  assert.match(page?.text ?? '', /name="password"/);
});

test('passwords that administrators set go through the same queue', async () => {
  const passwords = Array.from({ length: FLOOD }, (_, n) => `a password ${n}`);
  const answers = await Promise.all(
    passwords.map((password) => rosa.send('PUT', '/admin/users/anna/password', { password })),
  );
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual([...statuses].sort(), [204, 503]);
  const shed = answers.find(({ status }) => status === 503);
  assert.equal(shed?.json()['error'], 'password_hashing_busy');
  assert.match(shed?.headers.get('retry-after') ?? '', /^\d+$/);
});
