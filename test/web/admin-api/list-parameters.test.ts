import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { startApp } from '../../harness/app.ts';
import { addClassicClient, addUser, classicToken } from '../../harness/people.ts';
import { openCall } from '../classic/call.ts';
import { addAdministrator } from './administrator.ts';

const app = await startApp();
const client = await addClassicClient(app);
const administrator = await addAdministrator(app);
await addUser(app, 'anna', { limit: 10 });
const token = await classicToken(app, client, 'anna');
for (let n = 0; n < 3; n++) await openCall(app, token);

async function firstPageToken(path: string): Promise<string> {
  const answer = await administrator.get(`${path}?page_size=1`);
  const { nextPageToken } = answer.json<{ nextPageToken?: string }>();
  assert.ok(nextPageToken);
  return nextPageToken;
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}

async function assertRefused(address: string, field: string): Promise<void> {
  const answer = await administrator.get(address);
  assert.equal(answer.status, 400, `${address} ${answer.text}`);
  assert.equal(answer.json()['error'], 'invalid_input', address);
  assert.equal(answer.json()['field'], field, address);
}

for (const path of ['/admin/users', '/admin/calls', '/admin/audit-log']) {
  suite(path, () => {
    for (const size of ['1', '1000']) {
      test(`takes a page_size of ${size}`, async () => {
        assert.equal((await administrator.get(`${path}?page_size=${size}`)).status, 200);
      });
    }

    for (const size of ['0', '1001', '-1', '1.5', '', 'ten', '1,2', '1&page_size=2']) {
      test(`refuses a page_size of "${size}"`, () => assertRefused(`${path}?page_size=${size}`, 'page_size'));
    }

    const otherPath = path === '/admin/users' ? '/admin/calls' : '/admin/users';
    const tampered: Record<string, (good: string) => string | Promise<string>> = {
      empty: () => '',
      'a word': () => 'garbage',
      'no base64': () => '*',
      'null bytes': () => 'AAAA',
      'a good one with a byte put in': (good) => `${good.slice(0, 8)}%ff${good.slice(8)}`,
      'a good one with a null byte in front': (good) => encode(`\0${Buffer.from(good, 'base64url')}`),
      'a statement': () => encode("x' OR 1=1 --"),
      'one of the other list': () => firstPageToken(otherPath),
      'two at once': (good) => `${good}&page_token=${good}`,
    };
    for (const [what, tamper] of Object.entries(tampered)) {
      test(`refuses a page_token that this server did not give: ${what}`, async () => {
        const token = await tamper(await firstPageToken(path));
        await assertRefused(`${path}?page_token=${token}`, 'page_token');
      });
    }

    test('refuses an unknown query parameter, and names it', async () => {
      const answer = await administrator.get(`${path}?page_sizes=1`);
      assert.equal(answer.status, 400);
      assert.deepEqual(answer.json(), {
        error: 'invalid_input',
        message: 'Unknown parameter: page_sizes',
        field: 'page_sizes',
      });
    });
  });
}

suite('/admin/calls', () => {
  for (const [field, values] of Object.entries({
    state: ['ended', 'CONNECTED', '', 'connected&state=failed'],
    ongoing: ['yes', '1', 'TRUE', ''],
    from: ['yesterday', '2026-13-01', '2026-02-30T25:00:00Z', '1700000000', '', '2026-01-31T08:30:00Zoo'],
    to: ['tomorrow', '2026-13-01', '12:00', ''],
    user: [''],
    client: [''],
    q: [''],
    reason: ['hungUp', ''],
    caller: ['07700900001', 'anna', ''],
    callee: ['12', ''],
  })) {
    for (const value of values) {
      test(`refuses ${field}=${value}, and names it`, () =>
        assertRefused(`/admin/calls?${field}=${value}`, field));
    }
  }
});

for (const path of ['/admin/calls', '/admin/calls/export']) {
  test(`${path} says how to write a + that was not encoded, and so became a space`, async () => {
    for (const name of ['caller', 'callee']) {
      const answer = await administrator.get(`${path}?${name}=+447700900123`);
      assert.deepEqual([answer.status, answer.json()['field']], [400, name]);
      assert.match(String(answer.json()['message']), / In a URL or a form, write \+ as %2B\.$/);
    }
  });
}
