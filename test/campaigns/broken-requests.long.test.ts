import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../harness/app.ts';
import { startServer } from '../harness/server-process.ts';
import { request } from '../platform/http/request.ts';
import { refused, smuggled, tooLarge } from './broken-requests.ts';
import { record, times } from './campaign.ts';
import { memoryOf } from './memory.ts';
import { sendRaw } from './raw-http.ts';
import { findTargetRoutes } from './target-routes.ts';

const app = await startApp();
const server = await startServer({ DATABASE_URL: app.databaseUrl, LOG_LEVEL: 'error' });
const routes = await findTargetRoutes(app);
const MEGABYTES = times(50, 100);
const AT_ONCE = 4;
/** What the server may grow by, in megabytes: far less than what is sent at once. */
const ROOM = 160;
let sent = 0;
let most = 0;

const isRefusal = (status: number | undefined) => status !== undefined && status >= 400 && status < 500;

for (const route of routes) {
  suite(`${route.name} (POST ${route.path})`, () => {
    for (const [what, parts] of Object.entries(refused(route))) {
      test(`refuses ${what}`, async () => {
        sent++;
        const { statuses, text, closed } = await sendRaw(server.url, parts);
        assert.ok(
          statuses.length === 0 ? closed : statuses.every(isRefusal),
          `${statuses.join()} ${closed} ${text.slice(0, 500)}`,
        );
        assert.ok(statuses.length <= 1, text);
      });
    }

    for (const [what, bytes] of Object.entries(smuggled(route))) {
      test(`finds no second request after ${what}`, async () => {
        sent++;
        const { statuses, text } = await sendRaw(server.url, [bytes]);
        assert.ok(statuses.length <= 1 || !statuses.includes(200), text);
        assert.ok(isRefusal(statuses[0]), text);
        assert.doesNotMatch(text, /"status":"ok"/);
      });
    }

    for (const what of Object.keys(tooLarge(route, 0))) {
      test(`refuses ${AT_ONCE} × ${MEGABYTES} MB at once ${what}, and keeps none of it in memory`, async () => {
        const before = memoryOf(server.pid);
        const answers = await Promise.all(
          Array.from({ length: AT_ONCE }, () => sendRaw(server.url, tooLarge(route, MEGABYTES)[what] ?? [])),
        );
        const after = memoryOf(server.pid);
        for (const { statuses, closed, text } of answers) {
          assert.ok(statuses.length === 0 ? closed : isRefusal(statuses[0]), text);
        }
        sent += AT_ONCE;
        if (!before || !after) return;
        most = Math.max(most, after.peak - before.now);
        assert.ok(after.peak - before.now < ROOM, JSON.stringify({ before, after }));
      });
    }
  });
}

test('escaped line breaks do not split response headers', async () => {
  const broken = encodeURIComponent('a\r\nSet-Cookie: evil=1\r\n\r\n<script>');
  for (const path of [
    `/oauth/auth?client_id=${broken}&state=${broken}&redirect_uri=${broken}`,
    `/sign-in?return_to=/account${broken}`,
    `/oauth/authorize?client_id=${broken}&redirect_uri=${broken}&state=${broken}`,
    `/account/calls?${broken}=${broken}`,
    `/console/users/${broken}`,
    `/${broken}`,
  ]) {
    for (const accept of ['text/html', 'application/json', 'application/xml']) {
      const { text } = await sendRaw(server.url, [
        `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nX-Correlator: ${broken}\r\nConnection: close\r\n\r\n`,
      ]);
      const [head = ''] = text.split('\r\n\r\n');
      assert.doesNotMatch(head, /^set-cookie: evil/im, path);
      assert.doesNotMatch(text, /^HTTP\/1\.1 5/, path);
      sent++;
    }
  }
});

test('afterwards the server responds, without polluted prototypes or higher memory use', async () => {
  const answer = await request(server, 'GET', '/healthz');
  assert.deepEqual([answer.status, answer.json()], [200, { status: 'ok' }]);
  const [row] = await app.sql('SELECT count(*)::integer AS count FROM users');
  assert.equal(row?.['count'], 2, 'nobody was added');
  assert.doesNotMatch(server.stdout(), /"level":(50|60)/);
  record({
    invariant: 'Unreadable requests are refused, and not kept in memory',
    tried: `${sent} malformed requests to ${routes.length} APIs; of them ${routes.length * 12} with ${MEGABYTES} MB, four at a time`,
    found: `each got 4xx or was cut off; the server grew by ${Math.round(most)} MB at most`,
  });
});
