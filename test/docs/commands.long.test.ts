import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runShell, startServer, temporaryFolder } from '../harness/server-process.ts';
import { readBlocks } from './markdown.ts';

const URL_OF_DOCUMENTATION = 'http://localhost:8888';
const server = await startServer({ DATA_DIR: temporaryFolder() });

/** Runs all shell blocks of the page that follow from each other, in one terminal, as they are but for the port. */
async function runPage(page: string, first: string): Promise<string> {
  const blocks = readBlocks(page, 'sh').join('');
  assert.ok(blocks.startsWith(first), `${page} begins with ${first}`);
  const ended = await runShell(blocks.replaceAll(URL_OF_DOCUMENTATION, server.url));
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, '');
  return ended.stdout;
}

const FIRST_LINE = `URL=${URL_OF_DOCUMENTATION}\n`;

test('"Classic API" gets tokens by both flows, and places, reads and stops a call', async () => {
  const output = await runPage('docs/classic-api/README.md', FIRST_LINE);
  assert.match(output, /^HTTP\/1\.1 302 /m);
  assert.match(output, /^\{"client_id":"demo-classic","response_type":"code"/m);
  assert.match(output, /^\{"code":"[\w-]{43}"\}$/m);
  assert.equal(output.match(/^\[\]$/gm)?.length, 2);
  assert.match(output, /^\{"message":"signed out"\}$/m);
  assert.match(output, /^HTTP\/1\.1 201 Created/m);
  const [list, xml, stopped] = [/^\[\{.*\]$/m, /^<calls?>.*$/m, /^\{"info".*\}$/m].map(
    (line) => line.exec(output)?.[0] ?? '',
  );
  assert.equal(JSON.parse(list ?? '')[0].info.number, '+12025550100');
  assert.match(xml ?? '', /<end>Call Ongoing<\/end>/);
  assert.equal(JSON.parse(stopped ?? '').info.state, 'disconnected');
});

test('"Admin API" lists users, calls and clients, and sets a limit', async () => {
  const output = await runPage('docs/administer/admin-api.md', FIRST_LINE);
  const [users, status, calls, limit, clients] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    users.users.map((user: { name: string }) => user.name),
    ['admin', 'demo', 'demo2'],
  );
  assert.equal(status.user, 'demo');
  assert.ok(Array.isArray(calls.calls));
  assert.equal(limit.limit, 2);
  assert.deepEqual(clients.clients.map((client: { id: string }) => client.id).sort(), [
    'demo-app',
    'demo-classic',
  ]);
});

for (const time of ['first', 'second']) {
  test(`"Get started" follows a call and reaches the limit, the ${time} time`, async () => {
    const output = await runPage('docs/get-started/README.md', FIRST_LINE);
    assert.match(output, /^HTTP\/1\.1 201 Created/m);
    assert.match(output, /^\{"id":.*"state":"connected".*\}$/m);
    const [, call = ''] = /^\{"id":"(\w+)"/m.exec(output) ?? [];
    const events = [...output.matchAll(/^event: (\w+)\ndata: (.*)$/gm)];
    assert.deepEqual(
      events.filter(([, , data = '']) => data.includes(call)).map(([, state]) => state),
      ['initiating', 'callingCaller', 'callingCallee', 'connected', 'disconnected'],
    );
    assert.match(output, /^\{.*\} 201\n\{.*\} 201\n\{.*"code":"call_limit_reached".*\} 429$/m);
    assert.match(output, /^\{"limit":2,"ongoing":2,"remaining":0\}$/m);
  });

  test(`the README places a call, the ${time} time`, async () => {
    assert.match(await runPage('README.md', FIRST_LINE), /^\{"id":.*"state":"initiating".*\}$/);
  });
}
