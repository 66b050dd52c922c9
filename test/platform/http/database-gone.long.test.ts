import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { outageOf } from '../../harness/outage.ts';
import { getCalls } from '../../web/classic/call.ts';
import { redeem } from '../../web/classic/flow.ts';
import { prepareDatabaseRequests } from './database-requests.ts';
import { FORM, request } from './request.ts';

const app = await startApp();
const { client, administrator, token, code, signIn, requests } = await prepareDatabaseRequests(app);
const outage = outageOf(app);

suite('while the database cannot be reached', () => {
  before(outage.begin);
  after(outage.end);

  for (const [what, send] of Object.entries(requests)) {
    test(`${what} answers 503, says when to try again, and nothing of the library’s`, async () => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const answer = await send();
        assert.equal(answer.status, 503, answer.text);
        assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
        assert.doesNotMatch(
          answer.text,
          new RegExp(`${outage.database}|accepting|terminat|ECONN|socket|postgres|pg|SELECT|\\.ts:`, 'i'),
        );
      }
    });
  }

  test('GET /healthz answers 200: the process is well', async () => {
    const answer = await request(app, 'GET', '/healthz');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.json(), { status: 'ok' });
  });

  test('what needs no database works', async () => {
    assert.equal((await request(app, 'GET', '/openapi.json')).status, 200);
    assert.equal((await request(app, 'GET', '/rest/call')).status, 401);
  });
});

suite('once the database is back', () => {
  test('everything works again, and refused requests had no effect', async () => {
    assert.equal((await request(app, 'GET', '/readyz')).status, 200);
    assert.deepEqual((await getCalls(app, token)).json(), []);
    const [anna] = await app.sql(`SELECT max_ongoing_calls FROM users WHERE name = 'anna'`);
    assert.equal(anna?.['max_ongoing_calls'], 10);
    assert.equal((await administrator.get('/admin/users')).status, 200);
    assert.equal((await request(app, 'POST', '/auth/login', FORM, signIn)).status, 303);
    assert.equal((await redeem(app, client, code)).status, 303, 'the code has not been used up');
    const opened = await requests['POST /rest/call']?.();
    assert.equal(opened?.status, 201);
  });

  test('a restart of connections alone is not noticed for longer than one request', async () => {
    await outage.cutConnections();
    const statuses = [(await getCalls(app, token)).status, (await getCalls(app, token)).status];
    assert.ok(statuses[0] === 200 || statuses[0] === 503, String(statuses));
    assert.equal(statuses[1], 200);
  });
});
