import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { COMMAND_LINE } from '../../../src/core/audit/actor.ts';
import { createHttpServer } from '../../../src/platform/http/http-server.ts';
import { API_PATH } from '../../../src/web/api/base-path.ts';
import { BASE_PATH } from '../../../src/web/click-to-dial/base-path.ts';
import { startApp } from '../../harness/app.ts';
import { Browser } from '../../harness/browser.ts';
import { closeServer } from '../../harness/close-server.ts';
import { pageContextOf } from '../../harness/page-context.ts';
import { addUser, bearer, PASSWORD } from '../../harness/people.ts';
import { startServer } from '../../harness/server-process.ts';
import { until } from '../../harness/until.ts';
import { NUMBER } from '../../web/classic/call.ts';
import {
  cookiesOf,
  credentials,
  fragmentOf,
  parametersOf,
  redeem,
  withQuery,
} from '../../web/classic/flow.ts';
import { FORM, request } from './request.ts';

const app = await startApp();

test('the log at level trace has paths and statuses, and no secret', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'trace' });
  const node = { ...app, url: server.url };
  const redirectUri = `${server.url}/test`;
  const { client: registered, secret = '' } = await app.clients.registerClient(
    {
      name: 'Classic',
      redirectUris: [redirectUri],
      classic: true,
    },
    COMMAND_LINE,
  );
  const client = { id: registered.id, secret, redirectUri };
  await addUser(app, 'anna');
  const browser = new Browser(server.url);
  const parameters = parametersOf(client, 'code', { state: 'state-secret-1' });

  const wrongPassword = 'wrong-password-1';
  await browser.get(withQuery('/oauth/auth', parameters));
  await browser.post('/auth/login', { ...parameters, username: 'anna', password: wrongPassword });
  const signedIn = await browser.post('/auth/login', { ...parameters, ...credentials('anna') });
  const cookies = cookiesOf(signedIn)
    .split('; ')
    .map((pair) => pair.slice(pair.indexOf('=') + 1));
  await browser.get(signedIn.location);
  const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  const code = new URL(granted.location).searchParams.get('code') ?? '';
  await browser.get(granted.location);
  const redeemed = await redeem(node, client, code);
  const token = fragmentOf(redeemed.location).get('access_token') ?? '';
  await redeem(node, client, 'wrong-code-1', { client_secret: 'wrong-secret-1' });

  const implicit = { ...parametersOf(client, 'token'), grant: 'true' };
  const granted2 = await browser.post('/auth/grant', implicit);
  const implicitToken = fragmentOf(granted2.location).get('access_token') ?? '';
  await request(node, 'GET', `/rest/call?access_token=${implicitToken}`);
  await request(node, 'GET', '/rest/call', bearer(implicitToken));
  await request(node, 'GET', '/rest/call', { authentication: `Bearer ${implicitToken}` });
  const opened = await request(
    node,
    'POST',
    `/rest/call?access_token=${implicitToken}`,
    FORM,
    `number=${encodeURIComponent(NUMBER)}`,
  );
  assert.equal(opened.status, 201);
  await request(node, 'GET', '/rest/call?access_token=wrong-token-1');
  await request(node, 'GET', '/rest/call', bearer('wrong-token-2'));
  await request(node, 'GET', '/nowhere?access_token=wrong-token-3');
  await request(node, 'GET', '/rest/%zz?access_token=wrong-token-4');
  await request(
    node,
    'POST',
    '/oauth/token?client_secret=wrong-secret-2',
    FORM,
    'client_secret=wrong-secret-3',
  );
  await request(
    node,
    'POST',
    '/rest/call',
    { 'content-type': 'application/json' },
    '{"password":"wrong-password-2"',
  );
  await request(node, 'GET', '/oauth/authorize?code_challenge=wrong-challenge-1');

  const { code: exitCode, stdout, stderr } = await server.stop();
  assert.equal(exitCode, 0);
  const log = stdout + stderr;
  assert.match(log, /"path":"\/rest\/call"/);
  assert.match(log, /"path":"\/oauth\/token"/);
  assert.match(log, /"status":303/);
  for (const value of [code, token, implicitToken, secret, ...cookies]) {
    assert.ok(value.length >= 20, value);
    assert.ok(!log.includes(value), 'a secret is in the log');
  }
  for (const value of [PASSWORD, encodeURIComponent(PASSWORD), PASSWORD.replace(' ', '+')]) {
    assert.ok(!log.includes(value), 'the password is in the log');
  }
  assert.deepEqual(log.match(/(wrong|state)-\w+-\d/g), null);
  assert.doesNotMatch(log, /access_token|client_secret=|Bearer/i);
});

test('every line of a request has its x-correlator, in all APIs, if it has CAMARA’s form', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'info' });
  const valid = 'order-4711_a:b;c./<x>{y}';
  const paths = [
    '/rest/call',
    `${API_PATH}/calls`,
    `${BASE_PATH}/calls`,
    '/users/me',
    '/oauth/jwks',
    '/webhooks',
    '/admin/users',
    '/nowhere',
  ];
  const made: (string | null)[] = [];
  for (const path of paths) {
    for (const correlator of [valid, 'with space', 'x'.repeat(257), 'a","level":60,"b":"', '']) {
      await request(server, 'GET', path, { 'x-correlator': correlator });
    }
    const { headers } = await request(server, 'GET', path);
    made.push(headers.get('x-correlator'));
  }
  const { stdout } = await server.stop();
  const lines = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter(({ reqId }) => reqId !== undefined);
  for (const path of paths) {
    const ofPath = lines.filter((line) => line.path === path);
    assert.deepEqual(
      ofPath.map(({ correlator }) => correlator),
      [valid, ...new Array(5).fill(undefined)],
      path,
    );
  }
  assert.equal(new Set(lines.map(({ reqId }) => reqId)).size, lines.length, 'two lines of one request');
  const shown = made.filter((id) => id !== null);
  assert.ok(shown.length > 0);
  for (const id of shown)
    assert.ok(
      lines.some(({ reqId }) => reqId === id),
      `${id} is in no line`,
    );
  assert.doesNotMatch(stdout, /with space|xxxx|"level":60/);
});

test('each request has one line, with its method, path, route, address, status and duration', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'info' });
  await request(server, 'GET', `${API_PATH}/calls/unknown?x=1`);
  await request(server, 'POST', '/oauth/token');
  await request(server, 'POST', '/oauth/introspect', FORM, 'token=x');
  await request(server, 'GET', '/nowhere');
  await request(server, 'GET', '/%zz');
  const { stdout } = await server.stop();
  const lines = stdout.split('\n').filter((line) => line.includes('"reqId"'));
  assert.deepEqual(
    lines.map((line) => {
      const { time, reqId, durationMs, address, ...others } = JSON.parse(line);
      assert.ok(durationMs > 0 && durationMs < 10_000, line);
      assert.match(address, /^(127\.0\.0\.1|::1)$/);
      return others;
    }),
    [
      { method: 'GET', path: `${API_PATH}/calls/unknown`, route: `${API_PATH}/calls/:callId`, status: 401 },
      { method: 'POST', path: '/oauth/token', route: '/oauth/token', status: 400 },
      { method: 'POST', path: '/oauth/introspect', route: '/oauth/introspect', status: 400 },
      { method: 'GET', path: '/nowhere', status: 404 },
      { method: 'GET', path: '/%25zz', status: 400 },
    ].map((line) => ({ level: 30, ...line, msg: 'http: request completed' })),
  );
});

test('a request has a line, too, if its client disconnects before the response', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'info' });
  const { port } = new URL(server.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    `POST ${API_PATH}/calls HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  await once(socket, 'connect');
  // The server reads its connections in turn, so it has read the other one when it answers this one.
  await request(server, 'GET', '/nowhere');
  socket.destroy();
  await until('a line about the request', () => server.stdout().includes('cut off'));
  const { stdout } = await server.stop();
  const line = stdout.split('\n').find((each) => each.includes('cut off')) ?? '';
  const { method, path, address, status, msg } = JSON.parse(line);
  assert.deepEqual([method, path, status], ['POST', `${API_PATH}/calls`, undefined]);
  assert.match(address, /^(::ffff:)?127\.0\.0\.1$/);
  assert.equal(msg, 'http: response was cut off');
});

test('a request that the provider answers as another one has the method and path that arrived', async () => {
  const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'info' });
  const redirectUri = `${server.url}/test`;
  const { client } = await app.clients.registerClient(
    { name: 'Granted', redirectUris: [redirectUri], classic: true },
    COMMAND_LINE,
  );
  await addUser(app, 'berta');
  const browser = new Browser(server.url);
  const parameters = parametersOf({ id: client.id, secret: '', redirectUri }, 'code');
  await browser.post('/auth/login', { ...parameters, ...credentials('berta') });
  const granted = await browser.post('/auth/grant', { ...parameters, grant: 'true' });
  assert.ok(new URL(granted.location).searchParams.has('code'), granted.location);
  const { stdout } = await server.stop();
  const lines = linesOf(stdout.split('\n').filter((line) => line.includes('"reqId"')));
  assert.deepEqual(
    lines.map(({ method, path, route }) => [method, path, route]),
    [
      ['POST', '/auth/login', '/auth/login'],
      ['POST', '/auth/grant', '/auth/grant'],
    ],
  );
});

suite('a response that is not sent', () => {
  const written: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => written.push(line) });
  const http = createHttpServer(true, log, {}, pageContextOf);
  const held = Promise.withResolvers<string>();
  http.get('/failing', async (_request, reply) => reply.send(Readable.from(failing())));
  http.get('/cut', async (_request, reply) => {
    setTimeout(() => reply.raw.destroy(), 50);
    return reply.send(Readable.from(endless()));
  });
  http.get('/held', () => held.promise);

  async function linesAbout(path: string) {
    const url = http.listeningOrigin;
    written.length = 0;
    const headers = { 'x-forwarded-for': '203.0.113.7:5678' };
    await assert.rejects(async () => (await fetch(url + path, { headers })).text());
    await until('a line about the request', () => written.some((line) => line.includes(path)));
    return linesOf(written);
  }

  before(() => http.listen({ port: 0, host: '127.0.0.1' }));
  after(() => closeServer(http));

  test('has one more line if an error is the cause', async () => {
    const lines = await linesAbout('/failing');
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        [50, 'http: failed to send a response'],
        [30, 'http: response was cut off'],
      ],
    );
    assert.equal(lines[0].err.message, 'the database is gone');
    assert.equal(lines[0].reqId, lines[1].reqId);
  });

  test('has no other line if the server cuts it, and the address without its port', async () => {
    const lines = await linesAbout('/cut');
    assert.deepEqual(
      lines.map(({ time, reqId, durationMs, ...others }) => others),
      [
        {
          ...{ level: 30, method: 'GET', path: '/cut', address: '203.0.113.7', route: '/cut', status: 200 },
          msg: 'http: response was cut off',
        },
      ],
    );
  });

  test('has a line of its own if the server is stopping', async () => {
    const { port } = new URL(http.listeningOrigin);
    const socket = connect(Number(port), '127.0.0.1');
    const arrived = once(http.server, 'request');
    socket.write('GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await arrived;
    written.length = 0;
    const closed = http.close();
    await sleep(50);
    socket.write('GET /held?2 HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until('a line about the second request', () => written.length > 0);
    held.resolve('sent');
    socket.resume();
    await closed;
    assert.deepEqual(
      linesOf(written).map(({ status, msg }) => [status, msg]),
      [
        [503, 'http: request refused; the server is stopping'],
        [200, 'http: request completed'],
      ],
    );
  });
});

async function* failing() {
  yield 'the first part';
  await sleep(50);
  throw new Error('the database is gone');
}

async function* endless() {
  for (;;) {
    yield 'a part';
    await sleep(10);
  }
}

function linesOf(written: readonly string[]) {
  return written.map((line) => JSON.parse(line));
}
