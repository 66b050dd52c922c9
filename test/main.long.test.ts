import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEmptyDatabase, dropDatabase } from './harness/app.ts';
import { Browser } from './harness/browser.ts';
import { freePort } from './harness/free-port.ts';
import { runCli, runServer, startServer, temporaryFolder } from './harness/server-process.ts';
import { slowness } from './harness/slowness.ts';

/** The first start makes the database and the demo data; that takes long, so the tests share the folder. */
const DATA_DIR = temporaryFolder();

function postmaster(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0];
  } catch {
    return undefined;
  }
}

test('starts within 5 s in a fresh folder and 1 s in an existing one, says what to do and what rings the phones, and stops when told', async () => {
  const before = await slowness();
  const first = await startServer({ DATA_DIR });
  const slow = Math.max(before, await slowness());
  assert.ok(
    first.startedInMs / slow < 5000,
    `took ${first.startedInMs} ms, on a machine ${slow} times slower`,
  );
  assert.match(first.stdout(), new RegExp(`ready at ${first.url}`));
  assert.match(first.stdout(), /demo\/demo/);
  assert.match(first.stdout(), /Next: open this page/);
  assert.match(first.stdout(), /^Calls: session: no phone rings/m);
  assert.deepEqual(await first.stop('SIGTERM').then(({ code, stderr }) => ({ code, stderr })), {
    code: 0,
    stderr: '',
  });
  assert.equal(postmaster(DATA_DIR), undefined, 'PostgreSQL has stopped too');

  const times: number[] = [];
  const sip = { CARRIER: 'sip', SIP_LISTEN: 'udp:127.0.0.1:0', SIP_PROXY: 'sip:pbx.example.com' };
  for (const env of [{}, {}, {}, { LOG_LEVEL: 'info', ...sip }]) {
    const before = await slowness();
    const again = await startServer({ DATA_DIR, ...env });
    times.push((again.startedInMs * 2) / (before + (await slowness())));
    const { code, stdout } = await again.stop('SIGINT');
    assert.equal(code, 0);
    if (!('CARRIER' in env)) continue;
    const words = 'sip, udp:127.0.0.1:any port, through sip:pbx.example.com';
    assert.ok(stdout.includes(`\nCalls: ${words}\n`), stdout);
    assert.ok(stdout.includes(`"msg":"calls: ${words}"`), stdout);
  }
  assert.ok(Math.min(...times) < 1000, `took ${times} ms, by what the machine does at its best`);
});

test('finishes the requests under way, and stops within 10 s though a client never finishes its request', async () => {
  const server = await startServer({ DATA_DIR });
  const formOf = (name: string) =>
    new URLSearchParams({
      client_id: 'demo-classic',
      response_type: 'code',
      redirect_uri: `${server.url}/test`,
      scope: 'call',
      username: name,
      password: name,
    }).toString();
  const names = ['demo', 'demo2', 'demo', 'demo2', 'demo', 'demo2', 'demo', 'demo2']; // a name may have four under way
  const underWay = await Promise.all(
    names.map((name) => beginPost(`${server.url}/auth/login`, formOf(name))),
  );
  const socket = connect({ port: Number(new URL(server.url).port), host: 'localhost' });
  socket.on('error', () => {}); // cut by the server, as it should be
  socket.write('POST /rest/call HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nnumb');
  await fetch(`${server.url}/healthz`);
  const asked = performance.now();
  const stopped = server.stop('SIGTERM');
  await sleep(100); // the signal has arrived, the rest of the forms has not
  const statuses = await Promise.all(underWay.map((finish) => finish()));
  assert.deepEqual(statuses, new Array(8).fill(303));
  assert.equal((await stopped).code, 0);
  assert.ok(performance.now() - asked < 10_000);
});

/** Sends a form without its last byte, once the server has read the headers. @returns what sends that byte and waits for the status */
async function beginPost(url: string, form: string): Promise<() => Promise<number | undefined>> {
  const request = http.request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': form.length,
      expect: '100-continue',
    },
  });
  const answered = once(request, 'response');
  answered.catch(() => {}); // awaited below, after the form is whole
  request.flushHeaders();
  await once(request, 'continue');
  request.write(form.slice(0, -1));
  return async () => {
    request.end(form.slice(-1));
    const [response] = await answered;
    response.resume();
    return response.statusCode;
  };
}

test('starts its PostgreSQL again when it was killed under the server', async () => {
  const server = await startServer({ DATA_DIR });
  process.kill(Number(postmaster(DATA_DIR)), 'SIGKILL');
  const deadline = performance.now() + 20_000;
  const ready = async () => (await fetch(`${server.url}/readyz`)).status === 200;
  await sleep(200);
  while (!(await ready())) assert.ok(performance.now() < deadline, 'the database did not come back');
  assert.equal((await server.stop()).code, 0);
});

test('adopts the PostgreSQL that a killed server left behind, and loses no acknowledged call', async () => {
  const PORT = String(await freePort());
  let server = await startServer({ DATA_DIR, PORT });
  await runCli(['user', 'limit', 'demo', '10000'], { DATA_DIR });
  const ask = {
    client_id: 'demo-classic',
    response_type: 'token',
    redirect_uri: `${server.url}/test`,
    scope: 'call',
  };
  const browser = new Browser(server.url);
  await browser.post('/auth/login', { ...ask, username: 'demo', password: 'demo' });
  const { location } = await browser.post('/auth/grant', { ...ask, grant: 'true' });
  const headers = { authorization: `Bearer ${/access_token=([^&]+)/.exec(location)?.[1]}` };

  const acknowledged: string[] = [];
  for (let round = 0; round < 2; round++) {
    const orphan = postmaster(DATA_DIR);
    const opening = Array.from({ length: 40 }, async (_, index) => {
      for (let n = 0; n < 50; n++) {
        const answer = await browser
          .post('/rest/call', { number: `+1202555${1000 + index}` }, headers)
          .catch(() => undefined);
        if (answer?.status !== 201) return;
        acknowledged.push(new URL(answer.location).searchParams.get('token_call') ?? '');
      }
    });
    while (acknowledged.length < (round + 1) * 100) await new Promise(setImmediate);
    await server.stop('SIGKILL');
    await Promise.all(opening);
    server = await startServer({ DATA_DIR, PORT });
    assert.equal(postmaster(DATA_DIR), orphan, 'the same PostgreSQL');
  }
  const ongoing = (await browser.get('/rest/call', headers)).json<{ info: { token: string } }[]>();
  const kept = new Set(ongoing.map(({ info }) => info.token));
  assert.deepEqual(
    acknowledged.filter((id) => !kept.has(id)),
    [],
  );
  await server.stop();
});

test('refuses to be reachable from elsewhere, or in production, while demo data exists, and makes none in production', async () => {
  for (const exposed of [{ HOST: '0.0.0.0' }, { NODE_ENV: 'production' }]) {
    const ended = await runServer({ DATA_DIR, PORT: String(await freePort()), ...exposed });
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /^clicktocall: demo users .* `npm run --silent cli -- demo remove` .*\n$/);
  }
  const removed = await runCli(['demo', 'remove', '--json'], { DATA_DIR });
  assert.deepEqual(JSON.parse(removed.stdout).removed.sort(), [
    'admin',
    'demo',
    'demo-app',
    'demo-classic',
    'demo2',
  ]);
  const server = await startServer({ DATA_DIR, NODE_ENV: 'production' });
  assert.doesNotMatch(server.stdout(), /demo/);
  await server.stop();
  assert.deepEqual(JSON.parse((await runCli(['user', 'list', '--json'], { DATA_DIR })).stdout), []);
});

test('makes no demo data behind a proxy', async () => {
  const DATA_DIR = temporaryFolder();
  for (const reachable of [{ PUBLIC_URL: 'https://calls.example' }, { TRUST_PROXY: '127.0.0.1' }]) {
    const server = await startServer({ DATA_DIR, ...reachable });
    assert.doesNotMatch(server.stdout(), /demo/);
    await server.stop();
  }
  assert.deepEqual(JSON.parse((await runCli(['client', 'list', '--json'], { DATA_DIR })).stdout), []);
});

test('says in one line what keeps it from starting', async () => {
  const wrong: [Record<string, string>, RegExp][] = [
    [{ PORT: 'eighty' }, /^clicktocall: PORT: .*"eighty"\n$/],
    [
      { DATABASE_URL: 'postgresql://nobody@localhost:1/none' },
      /^clicktocall: DATABASE_URL: .*ECONNREFUSED.*\n$/,
    ],
    [{ DATA_DIR: `${DATA_DIR}/${'long'.repeat(40)}` }, /^clicktocall: DATA_DIR: DATA_DIR is .*\n$/],
    [{ DATA_DIR, HOST: '192.0.2.1' }, /^clicktocall: HOST: .*\n$/],
  ];
  for (const [env, line] of wrong) {
    const ended = await runServer(env);
    assert.match(ended.stderr, line);
    assert.equal(ended.code, 2);
    assert.equal(ended.stdout, '');
  }
});

test('nodes that start together on an empty database share one schema and one set of keys, and make no demo data', async () => {
  const DATABASE_URL = await createEmptyDatabase();
  const servers = await Promise.all([1, 2].map(() => startServer({ DATABASE_URL })));
  const jwks = await Promise.all(servers.map(async ({ url }) => (await fetch(`${url}/oauth/jwks`)).text()));
  assert.equal(new Set(jwks).size, 1);
  for (const { url } of servers) assert.equal((await fetch(`${url}/readyz`)).status, 200);
  await Promise.all(servers.map((server) => server.stop()));
  assert.deepEqual(JSON.parse((await runCli(['user', 'list', '--json'], { DATABASE_URL })).stdout), []);
  await dropDatabase(DATABASE_URL);
});
