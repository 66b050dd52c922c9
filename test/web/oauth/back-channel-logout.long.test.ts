import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import pg from 'pg';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import type { RegisteredClient } from '../../../src/core/clients/client-service.ts';
import { eventually, type Received, startReceiver } from '../../core/events/receiver.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { waitingForLocks, waitsOrEnds } from '../../harness/lock-wait.ts';
import { addClassicClient, bearer, classicToken, PASSWORD } from '../../harness/people.ts';
import { until } from '../../harness/until.ts';
import { request } from '../../platform/http/request.ts';
import { addAdministrator } from '../admin-api/administrator.ts';
import { METRICS_TOKEN } from '../metrics/metrics.ts';
import {
  addPerson,
  authorizationUrl,
  authorize,
  callStatus,
  configure,
  OPENS_PAGE,
  type Person,
  submit,
} from './modern-walk.ts';
import { isSignedIn, signInWith } from './signed-in.ts';

const receiver = await startReceiver();
const app = await startApp({ SINK_ALLOW_HOSTS: new URL(receiver.url).host, METRICS_TOKEN });
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const redirectUris = ['http://localhost:5555/cb'];

async function register(path: string, sessionRequired = true): Promise<RegisteredClient> {
  const backchannelLogoutUri = receiver.url + path;
  const sign = { backchannelLogoutUri, backchannelLogoutSessionRequired: sessionRequired };
  return app.clients.registerClient({ name: path, redirectUris, ...sign }, COMMAND_LINE);
}

const crm = await register('/crm');
const withoutSession = await register('/plain', false);
const silent = await app.clients.registerClient({ name: 'Silent', redirectUris }, COMMAND_LINE);

/** Verifies a logout token as an application does, from discovery alone (section 2.6). */
async function verify({ body, headers, method }: Received, client: RegisteredClient): Promise<JWTPayload> {
  assert.equal(method, 'POST');
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
  const metadata = await fetch(`${app.url}/.well-known/openid-configuration`);
  const { issuer, jwks_uri: jwks } = (await metadata.json()) as { issuer: string; jwks_uri: string };
  const token = new URLSearchParams(body).get('logout_token') ?? '';
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(jwks)), {
    issuer,
    audience: client.client.id,
    typ: 'logout+jwt',
    algorithms: ['RS256'],
    requiredClaims: ['iat', 'exp', 'jti', 'sub'],
  });
  assert.deepEqual(payload['events'], { [EVENT]: {} });
  assert.equal(payload['nonce'], undefined);
  assert.equal(Number(payload.exp) - Number(payload.iat), 120);
  return payload;
}

function sentTo(path: string): Promise<Received[]> {
  return receiver.waitFor(1, (received) => received.path === path);
}

async function countNotices(): Promise<number> {
  const [row] = await app.sql<{ count: number }>('SELECT count(*)::integer AS count FROM logout_notices');
  return row?.count ?? -1;
}

const SAME_SITE = { ...OPENS_PAGE, 'sec-fetch-site': 'same-origin' };

suite('every sign-out tells the application, with the session of its ID token:', {
  concurrency: true,
}, async () => {
  const administrator = await addAdministrator(app);
  const doors: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
    'in My account': ({ browser }) => browser.post('/sign-out', {}, SAME_SITE),
    'by /auth/logout': ({ browser }) => browser.post('/auth/logout', {}, SAME_SITE),
    'by the end session endpoint': async (person) => {
      const question = await person.browser.get('/oauth/end_session', OPENS_PAGE);
      return submit(person, app.url, question.text, { sign_out: 'true' });
    },
    'everywhere, in My account': ({ browser }) =>
      browser.post('/account/security/sign-out-everywhere', {}, SAME_SITE),
    'by a new password of their own': ({ browser }) =>
      browser.post(
        '/account/security/password',
        { current_password: PASSWORD, new_password: 'another battery', repeat_password: 'another battery' },
        SAME_SITE,
      ),
    'by a password that an administrator sets': ({ name }) =>
      administrator.send('PUT', `/admin/users/${name}/password`, { password: 'another battery' }),
    'by an administrator who disables the user': ({ name }) =>
      app.users.setDisabled(name, true, COMMAND_LINE),
    'by signing in again in the same browser': ({ browser, name }) =>
      browser.post('/sign-in', { username: name, password: PASSWORD }, SAME_SITE),
  };
  for (const [index, [door, signOut]] of Object.entries(doors).entries()) {
    test(door, async () => {
      const client = await register(`/door${index}`);
      const person = await addPerson(app, `door${index}`);
      const { claims } = await signInWith(app, client, person);
      assert.equal(typeof claims['sid'], 'string');
      await signInWith(app, silent, person);
      await signOut(person);
      const [received] = await sentTo(`/door${index}`);
      assert.ok(received);
      const payload = await verify(received, client);
      assert.equal(payload.sub, claims['sub']);
      assert.equal(payload['sid'], claims['sid']);
    });
  }
});

test('another user who signs in in the same browser ends the session of the first', async () => {
  const client = await register('/switch');
  const first = await addPerson(app, 'first');
  const { claims } = await signInWith(app, client, first);
  const second: Person = { ...(await addPerson(app, 'second')), browser: first.browser };
  await first.browser.post('/sign-in', { username: second.name, password: PASSWORD }, SAME_SITE);
  const [received] = await sentTo('/switch');
  assert.ok(received);
  assert.equal((await verify(received, client)).sub, claims['sub']);
});

test('a token of the classic flow stays when another user signs in in the same browser', async () => {
  const former = await addPerson(app, 'former');
  const later: Person = { ...(await addPerson(app, 'later')), browser: former.browser };
  const token = await classicToken(app, await addClassicClient(app), former.name, 'call', former.browser);
  const config = await configure(app, await register('/later'));
  const { url } = await authorizationUrl(config, { prompt: 'login' });
  const page = await later.browser.get(url.href);
  const signedIn = await later.browser.post(page.location, { username: later.name, password: PASSWORD });
  const between = await later.browser.follow(signedIn.location);
  assert.equal((await submit(later, app.url, between.text, {})).status, 303);
  assert.equal(await callStatus(app, token), 200);
});

test('a logout token is no ID token, so it is no hint of a sign-out', async () => {
  const client = await register('/hint');
  const person = await addPerson(app, 'hint');
  await signInWith(app, client, person);
  await person.browser.post('/sign-out', {}, SAME_SITE);
  const [received] = await sentTo('/hint');
  const hint = new URLSearchParams(received?.body).get('logout_token') ?? '';
  const answer = await person.browser.get(`/oauth/end_session?id_token_hint=${hint}`, OPENS_PAGE);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /id_token_hint must be an ID token of this server/);
});

test('a client that does not ask for the session gets no sid, neither in ID tokens nor in logout tokens', async () => {
  const person = await addPerson(app, 'plain');
  const { claims } = await signInWith(app, withoutSession, person);
  assert.equal(claims['sid'], undefined);
  await person.browser.post('/sign-out', {}, SAME_SITE);
  const [received] = await sentTo('/plain');
  assert.ok(received);
  const payload = await verify(received, withoutSession);
  assert.equal(payload['sid'], undefined);
  assert.equal(payload.sub, claims['sub']);
});

test('a sign-out keeps the tokens, of a client with an address for logout tokens, too', async () => {
  const person = await addPerson(app, 'keeps');
  const { accessToken, refreshToken } = await signInWith(app, await register('/keeps'), person);
  await person.browser.post('/sign-out', {}, SAME_SITE);
  await sentTo('/keeps');
  assert.equal(await callStatus(app, accessToken), 200);
  const [{ count } = {}] = await app.sql<{ count: number }>(
    `SELECT count(*)::integer AS count FROM artifacts a JOIN users u ON u.id = a.user_id
      WHERE model = 'RefreshToken' AND u.name = 'keeps'`,
  );
  assert.equal(count, 1);
  assert.notEqual(refreshToken, '');
});

test('only the end of a session is reported: not a new id of the session, not its expiry', async () => {
  const client = await register('/ongoing');
  const person = await addPerson(app, 'ongoing');
  const config = await configure(app, client, undefined, 'oidc');
  const { claims } = await signInWith(app, client, person);
  for (const prompt of ['consent', 'login'])
    await authorize(config, person, { scope: 'openid call', prompt });
  assert.equal((await signInWith(app, client, person)).claims['sid'], claims['sid']);
  const ids = await app.sql(`SELECT id FROM artifacts WHERE model = 'Session' AND user_id = $1`, [
    claims['sub'],
  ]);
  assert.equal(ids.length, 1);
  await app.sql(
    `UPDATE artifacts SET expires_at = now() - interval '1 minute' WHERE model = 'Session' AND user_id = $1`,
    [claims['sub']],
  );
  await app.sql(`DELETE FROM artifacts WHERE model = 'Session' AND user_id = $1`, [claims['sub']]);
  assert.equal(await countNotices(), 0);
});

test('a token that is not accepted is repeated four times, each time with a new signature; then the server gives up', async () => {
  const client = await register('/refuses');
  receiver.answer = ({ path }) => (path === '/refuses' ? 400 : 204);
  const person = await addPerson(app, 'refused');
  await signInWith(app, client, person);
  await person.browser.post('/sign-out', {}, SAME_SITE);
  const waits: number[] = [];
  const isRefused = ({ path }: Received) => path === '/refuses';
  for (let attempt = 1; attempt <= 4; attempt++) {
    await receiver.waitFor(attempt, isRefused);
    let seconds = 0;
    await eventually(async () => {
      const [row] = await app.sql<{ attempts: number; seconds: number }>(
        'SELECT attempts, extract(epoch FROM attempt_at - now())::float8 AS seconds FROM logout_notices WHERE client_id = $1',
        [client.client.id],
      );
      seconds = row?.seconds ?? 0;
      return row?.attempts === attempt && ![20, 19].includes(Math.round(seconds));
    });
    waits.push(Math.round(seconds / 5) * 5);
    await app.sql('UPDATE logout_notices SET attempt_at = now() WHERE client_id = $1', [client.client.id]);
  }
  assert.deepEqual(waits, [5, 30, 180, 900]);
  const all = await receiver.waitFor(5, isRefused);
  await eventually(async () => (await countNotices()) === 0);
  assert.equal(new Set(await Promise.all(all.map(async (each) => (await verify(each, client)).jti))).size, 5);
});

test('a client without an address, or one that has been removed, gets nothing', async () => {
  const client = await register('/removed');
  const person = await addPerson(app, 'removed');
  const { claims } = await signInWith(app, client, person);
  await app.sql(
    `INSERT INTO logout_notices (client_id, user_id, sid) VALUES ($1, $2, 'x'), ('gone', $2, 'y')`,
    [silent.client.id, claims['sub']],
  );
  await eventually(async () => (await countNotices()) === 0);
  assert.deepEqual(
    receiver.received.filter(({ path }) => path === '/removed'),
    [],
  );
});

test('a notice whose node stopped before it was sent is sent by the next one', async () => {
  const client = await register('/crash');
  const person = await addPerson(app, 'crash');
  await signInWith(app, client, person);
  await app.sql(
    `INSERT INTO logout_notices (client_id, user_id, sid, attempts, attempt_at)
     SELECT $1, id, 'lost', 1, now() FROM users WHERE name = 'crash'`,
    [client.client.id],
  );
  const [received] = await sentTo('/crash');
  assert.ok(received);
  assert.equal((await verify(received, client))['sid'], 'lost');
});

/** Begins an authorization while a transaction holds the session, and ends the transaction once the request waits for it. */
async function authorizeDuring(person: Person, statement: string, userId: unknown): Promise<void> {
  const config = await configure(app, crm, undefined, 'oidc');
  const other = new pg.Client({ connectionString: app.databaseUrl });
  await other.connect();
  await other.query('BEGIN');
  await other.query(`${statement} WHERE model = 'Session' AND user_id = $1`, [userId]);
  const authorizing = authorize(config, person, { scope: 'openid call' });
  await waitsOrEnds(app, authorizing);
  await other.query('COMMIT');
  await other.end();
  await authorizing;
}

/** Runs the work while a transaction holds the session, until `waiting` requests wait for it. */
async function holdSession(userId: unknown, work: () => readonly Promise<unknown>[]): Promise<void> {
  const other = new pg.Client({ connectionString: app.databaseUrl });
  await other.connect();
  await other.query('BEGIN');
  await other.query(`SELECT FROM artifacts WHERE model = 'Session' AND user_id = $1 FOR UPDATE`, [userId]);
  const running = work();
  await until('all requests wait', async () => (await waitingForLocks(app)) === running.length);
  await other.query('COMMIT');
  await other.end();
  await Promise.all(running);
}

test('applications that sign a user in at the same moment all get a logout token', async () => {
  const clients = await Promise.all(['/left', '/right'].map((path) => register(path)));
  const allowing = await addPerson(app, 'both');
  for (const client of clients) await signInWith(app, client, allowing);
  const person = { name: 'both', browser: new Browser(app.url) };
  await person.browser.post('/sign-in', { username: 'both', password: PASSWORD }, SAME_SITE);
  const [{ id: userId } = { id: '' }] = await app.sql<{ id: string }>(
    `SELECT id FROM users WHERE name = 'both'`,
  );
  await holdSession(userId, () => clients.map((client) => signInWith(app, client, person)));
  await person.browser.post('/sign-out', {}, SAME_SITE);
  await Promise.all(['/left', '/right'].map(sentTo));
});

async function countSessions(userId: unknown): Promise<number> {
  return (await app.sql(`SELECT FROM artifacts WHERE model = 'Session' AND user_id = $1`, [userId])).length;
}

test('a request under way does not bring back a session that has ended', async () => {
  const person = await addPerson(app, 'races');
  const { sub } = (await signInWith(app, crm, person)).claims;
  const kept = person.browser.cookiesFor('/');
  await authorizeDuring(person, 'DELETE FROM artifacts', sub);
  assert.equal((await request(app, 'GET', '/account', { cookie: kept })).status, 303);
  assert.equal(await isSignedIn(person.browser), false);
  assert.equal(await countSessions(sub), 0);
});

test('a session that two requests give new ids works under both, and ends under both, with one token', async () => {
  const client = await register('/twice');
  const person = await addPerson(app, 'twice');
  const { sub } = (await signInWith(app, client, person)).claims;
  await authorizeDuring(person, `UPDATE artifacts SET id = 'of-another-tab'`, sub);
  assert.equal(await countSessions(sub), 2);
  assert.equal(await isSignedIn(person.browser), true);
  await person.browser.post('/sign-out', {}, SAME_SITE);
  assert.equal(await countSessions(sub), 0);
  await sentTo('/twice');
  await eventually(async () => (await countNotices()) === 0);
  assert.equal(receiver.received.filter(({ path }) => path === '/twice').length, 1);
});

test('metrics count the attempts, and discovery says that the server sends logout tokens', async () => {
  const { text } = await request(app, 'GET', '/metrics', bearer(METRICS_TOKEN));
  const count = (result: string) =>
    Number(
      new RegExp(`^clicktocall_logout_tokens_total\\{result="${result}"\\} (\\d+)$`, 'm').exec(text)?.[1],
    );
  assert.ok(count('accepted') >= 10, text);
  assert.equal(count('failed'), 5);
  const metadata = (await request(app, 'GET', '/.well-known/openid-configuration')).json<
    Record<string, unknown>
  >();
  assert.equal(metadata['backchannel_logout_supported'], true);
  assert.equal(metadata['backchannel_logout_session_supported'], true);
});
